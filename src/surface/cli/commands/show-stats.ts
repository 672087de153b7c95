import { readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { Operation } from "../../../operations/define.ts";
import { cardShow, type Output as CardOutput } from "../../../operations/statistics/card-show.ts";
import { plainStatistics } from "../../../operations/statistics/render.ts";
import type { Statistics } from "../../../operations/statistics/shape.ts";
import { print } from "../output.ts";
import type { Shell } from "../shell.ts";
import { writeOutput } from "../write-output.ts";

type Input = Readonly<Record<string, unknown>>;

/** `agentpool stats --plain` */
export async function printPlain(
  shell: Shell,
  operation: Operation,
  input: Input,
): Promise<number> {
  const output = (await shell.ask(operation, input)) as Statistics;
  print(shell, output, () => plainStatistics(output));
  return 0;
}

/** `agentpool stats --share FILE`: a card is drawn in the home, and put where the person wants it. */
export async function shareCard(
  shell: Shell,
  { input, file }: { readonly input: Input; readonly file: string },
): Promise<number> {
  const extension = extname(file).toLowerCase();
  if (extension !== ".svg" && extension !== ".png") {
    throw new AgentpoolError("invalid_input", `A card is an SVG or a PNG, and ${file} is neither`, {
      hint: "Name a file that ends in .svg or .png.",
    });
  }
  if (input["sections"] !== undefined) {
    throw new AgentpoolError("invalid_input", "A card always shows the same sections", {
      hint: "Leave --sections out.",
    });
  }
  const drawn = (await shell.ask(cardShow, {
    ...input,
    format: extension.slice(1),
  })) as CardOutput;
  const path = resolve(shell.cwd, file);
  writeOutput(path, readFileSync(drawn.path), { flag: "--share" });
  print(shell, { ...drawn, path }, () => `${path} (${drawn.width}x${drawn.height})`);
  return 0;
}
