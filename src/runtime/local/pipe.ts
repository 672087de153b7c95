import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { AgentpoolError } from "../../domain/errors.ts";
import { pause } from "../../platform/clock.ts";

const patienceMs = 5_000;
const retryEveryMs = 5;

/**
 * Writes into a named pipe that somebody reads. False, and nothing written, when nobody does or
 * the pipe is gone.
 * @throws exec_failed when the reader stops reading in the middle of the text
 */
export async function writePipe(path: string, content: string): Promise<boolean> {
  const pipe = await openForReader(path);
  if (!pipe) return false;
  try {
    // a plain file in the pipe's place has no reader
    if (!(await pipe.stat()).isFIFO()) return false;
    return await writeAll(pipe, Buffer.from(content), path);
  } finally {
    await pipe.close();
  }
}

async function openForReader(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENXIO" || code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw thrown;
  }
}

async function writeAll(pipe: FileHandle, bytes: Buffer, path: string): Promise<boolean> {
  let written = 0;
  for (let waitedMs = 0; written < bytes.length;) {
    try {
      const step = await pipe.write(bytes, written);
      written += step.bytesWritten;
      waitedMs = 0;
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === "EPIPE" && written === 0) return false;
      if (code !== "EAGAIN" || waitedMs >= patienceMs)
        throw stalled(path, written, bytes.length, thrown);
      await pause(retryEveryMs, { keepAlive: true });
      waitedMs += retryEveryMs;
    }
  }
  return true;
}

function stalled(path: string, written: number, of: number, cause: unknown): AgentpoolError {
  return new AgentpoolError("exec_failed", `${path} took ${written} of ${of} bytes`, {
    why: "Its reader went away or stopped reading.",
    cause,
  });
}
