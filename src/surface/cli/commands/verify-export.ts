import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { AgentpoolError } from "../../../domain/errors.ts";
import { ChainReader, type Broken } from "../../../domain/export-chain.ts";
import { print } from "../output.ts";
import type { Shell } from "../shell.ts";
import { hash } from "./export-events.ts";

/** @throws export_broken naming the first line that is not as it was written */
export async function verifyExport(shell: Shell, file: string): Promise<number> {
  const path = resolve(shell.cwd, file);
  const reader = new ChainReader(hash);
  let lines = 0;
  try {
    for await (const line of createInterface({
      input: createReadStream(path),
      crlfDelay: Infinity,
    })) {
      lines += 1;
      const broken = reader.read(line);
      if (broken) throw brokenAt(path, broken);
    }
  } catch (thrown) {
    if (thrown instanceof AgentpoolError) throw thrown;
    throw new AgentpoolError("invalid_input", `${path} cannot be read`, {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      cause: thrown,
    });
  }
  const broken = reader.end();
  if (broken) throw brokenAt(path, broken);
  const output = { ok: true, file: path, lines, events: reader.events, sha256: reader.sha256 };
  print(shell, output, () => `${path} is as it was written: ${reader.events} events`);
  return 0;
}

function brokenAt(path: string, { line, why }: Broken): AgentpoolError {
  return new AgentpoolError("export_broken", `${path} is not as it was written: line ${line}`, {
    why: `${why[0]?.toUpperCase() ?? ""}${why.slice(1)}.`,
    hint: "Lines before it are unchanged. Write the file anew: agentpool export --help",
    details: { file: path, line },
  });
}
