import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { AgentpoolError } from "../domain/errors.ts";
import { maxBodyBytes } from "./wire.ts";

/** A client that sends on past this is cut off. */
const patienceBytes = 8 * maxBodyBytes;

/**
 * The whole body as text. A body that is too large is read to its end all the same, up to a
 * point: a client still writing would otherwise never see the error.
 * @throws text_too_large, invalid_input for bytes that are no UTF-8
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const { chunks, size } = await received(request);
  if (size > maxBodyBytes) {
    throw new AgentpoolError("text_too_large", `The request has ${size} bytes`, {
      why: `At most ${maxBodyBytes} are taken.`,
      hint: "Ask for less at once, or put long texts into files and name those.",
      details: { size_bytes: size, limit_bytes: maxBodyBytes },
    });
  }
  const [first] = chunks;
  const body = first && chunks.length === 1 ? first : Buffer.concat(chunks);
  // some clients begin every text with this mark, and no JSON begins with it
  if (isUtf8(body)) return body.toString("utf8").replace(/^\uFEFF/, "");
  throw new AgentpoolError("invalid_input", "The body is no UTF-8 text");
}

/** Listens, since an iterator over a stream costs as much as the rest of a short request. */
function received(
  request: IncomingMessage,
): Promise<{ readonly chunks: readonly Buffer[]; readonly size: number }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // of one that is closed already nothing is heard any more
    if (request.destroyed) reject(endedEarly());
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else if (size > patienceBytes) {
        resolve({ chunks, size });
        request.destroy();
      }
    });
    request.on("end", () => resolve({ chunks, size }));
    request.on("error", reject);
    request.on("close", () => {
      // an error takes its trace, and nearly every body has ended before
      if (!request.readableEnded) reject(endedEarly());
    });
  });
}

function endedEarly(): Error {
  return new Error("the request ended before its body");
}
