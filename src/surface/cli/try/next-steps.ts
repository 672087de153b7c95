import { delimiter, dirname, join, sep } from "node:path";
import type { Style } from "../../../operations/define.ts";
import { isExecutable } from "../../../platform/executable.ts";

interface Situation {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the built package. */
  readonly dist: string;
  readonly style: Style;
}

/** What to type next with a real agent, as it works for whoever typed this command. */
export function nextSteps({ env, dist, style }: Situation): string {
  const { name, before } = howToCall(env, dirname(dist));
  const steps: readonly (readonly [string, string])[] = [
    ...before,
    [`${name} inventory`, "what is installed"],
    [`${name} spawn --provider <id> --task "..." --name me`, "start one"],
    [`${name} observe me --wait-for completed --timeout 10m`, "wait for it"],
    [`${name} attach me`, "look into its pane"],
    [`${name} collect me`, "result and diff"],
  ];
  const width = Math.max(...steps.map(([line]) => line.length));
  return [
    style.bold("Next, with an agent of yours, in a repository of yours:"),
    ...steps.map(([line, what]) => `  ${line.padEnd(width)}  ${style.dim(what)}`),
  ].join("\n");
}

/** The command as this person can type it, and what they have to type before. */
function howToCall(
  env: Situation["env"],
  packageFolder: string,
): { readonly name: string; readonly before: readonly (readonly [string, string])[] } {
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  if (env["npm_command"] !== "exec" && path.some(hasAgentpool)) {
    return { name: "agentpool", before: [] };
  }
  if (packageFolder.includes(`${sep}node_modules${sep}`)) {
    return { name: "npx agentpool", before: [] };
  }
  const link = [`cd ${packageFolder} && npm link`, "makes the command agentpool"] as const;
  return { name: "agentpool", before: [link] };
}

function hasAgentpool(folder: string): boolean {
  return isExecutable(join(folder, "agentpool"));
}
