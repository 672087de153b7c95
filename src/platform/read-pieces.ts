/** The part of a machine this needs. */
export interface PieceReader {
  read(path: string, offset: number, maxBytes: number): Promise<Uint8Array | undefined>;
}

/** Work on one piece takes the event loop for a few milliseconds at most. */
const defaultPieceBytes = 64 * 1024;

/** A file piece by piece, to what is its end when that is reached; nothing for an absent one. */
export async function* readPieces(
  machine: PieceReader,
  path: string,
  pieceBytes: number = defaultPieceBytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0; ;) {
    const piece = await machine.read(path, offset, pieceBytes);
    if (!piece || piece.length === 0) return;
    yield piece;
    offset += piece.length;
  }
}
