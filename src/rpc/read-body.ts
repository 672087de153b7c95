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
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
    else if (size > patienceBytes) break;
  }
  if (size > maxBodyBytes) {
    throw new AgentpoolError("text_too_large", `The request has ${size} bytes`, {
      why: `At most ${maxBodyBytes} are taken.`,
      details: { size_bytes: size, limit_bytes: maxBodyBytes },
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new AgentpoolError("invalid_input", "The body is no UTF-8 text");
  }
}
