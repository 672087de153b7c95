import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { builtInFolder, Catalogue } from "../../../provider/discover.ts";
import { loadDefinition } from "../../../provider/load-definition.ts";
import { print } from "../output.ts";
import { shellWords } from "../shell-words.ts";
import type { Shell } from "../shell.ts";
import { dataStarter, moduleStarter, type Starter } from "../trial/starter.ts";

interface Wanted {
  readonly id: string;
  readonly form: "json" | "mjs";
  readonly command: string | undefined;
  readonly prompt: string | undefined;
}

/** Name of the schema that a starter refers to, beside it. */
const schemaName = "provider.schema.json";

/** Writes a definition that is one already, to be changed by a person. Writes over nothing. */
export async function providerNew(shell: Shell, wanted: Wanted): Promise<number> {
  const { id, form } = wanted;
  const { providers } = shell.home;
  const folder = join(providers, id);
  const catalogue = new Catalogue(providers);
  checkId(id);
  const taken = (await catalogue.ids()).includes(id);
  const isBuiltIn = existsSync(join(builtInFolder(), id));
  if (existsSync(folder) || (taken && !isBuiltIn)) {
    throw new AgentpoolError("conflict", `There is a provider ${id} already`, {
      why: existsSync(folder) ? `${folder} exists.` : `A file in ${providers} defines it.`,
      hint: "Take another id, or change what is there.",
    });
  }
  const starter = starterOf(wanted);
  const file = join(folder, `provider.${form}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    const text = form === "json" ? dataStarter(starter, `./${schemaName}`) : moduleStarter(starter);
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
    if (form === "json") copyFileSync(join(shell.dist, schemaName), join(folder, schemaName));
    await loadDefinition(file, id, { fresh: true });
  } catch (thrown) {
    rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
  const warnings = isBuiltIn ? [`it takes the place of the built-in provider ${id}`] : [];
  const next = [
    `agentpool provider test ${id}`,
    `agentpool spawn --provider ${id} --task "..." --isolation shared`,
  ];
  const output = { id, file, binary: starter.binary, warnings, next };
  print(shell, output, () => {
    const { style } = shell;
    return [
      `${style.bold(id)}  ${file}`,
      ...warnings.map((one) => `  ${style.yellow("warning")}  ${one}`),
      "",
      style.bold("Next:"),
      `  ${whatToChange(starter, wanted)}`,
      ...next.map((line) => `  ${line}`),
    ].join("\n");
  });
  return 0;
}

function whatToChange({ binary }: Starter, { command, prompt }: Wanted): string {
  if (command === undefined) return "name your program in the file; until then it runs sh";
  return prompt === undefined
    ? `say in the file what ${binary} prints when it waits for a line (prompt)`
    : "say in the file what else sessions should know of it";
}

/** @throws invalid_input */
function checkId(id: string): void {
  const isName = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(id) && id.length <= 64;
  if (isName && id !== "auto") return;
  throw new AgentpoolError("invalid_input", `"${id}" cannot be the id of a provider`, {
    why: "It is a name of up to 64 lower-case letters, digits and dashes, and not auto.",
  });
}

function starterOf({ id, command, prompt }: Wanted): Starter {
  const [binary = "", ...args] = shellWords(command ?? "", "--command");
  if (command !== undefined && binary === "") {
    throw new AgentpoolError("invalid_input", "--command names no program");
  }
  const prompts = prompt === undefined ? undefined : [prompt];
  if (prompts?.[0]?.trim() === "") {
    throw new AgentpoolError("invalid_input", "--prompt is empty", {
      why: "A program that prints nothing when it waits cannot be told from one that works.",
    });
  }
  const isShell = command === undefined || ["sh", "dash", "bash"].includes(basename(binary));
  if (isShell && prompts === undefined) {
    return {
      id,
      binary: binary || "sh",
      args: basename(binary) === "bash" ? ["--norc", ...args] : args,
      env: { PS1: `${id}$ ` },
      prompts: [`${id}$ `],
      // where it tells no version of its own, the version of the definition does
      version: { args: ["-c", "echo 1.0"], pattern: "^(\\d+\\.\\d+)$" },
      reply: "echo po''ng",
      work: "sleep 60",
      free: true,
    };
  }
  return {
    id,
    binary,
    args,
    env: {},
    prompts: prompts ?? [">>> ", "> ", "$ ", "# ", "% "],
    version: { args: ["--version"], pattern: "(\\d+(?:\\.\\d+)+)" },
    reply: "pong",
    work: null,
    free: false,
  };
}
