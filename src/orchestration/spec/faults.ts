import { AgentpoolError } from "../../domain/errors.ts";
import type { PathStep } from "../../domain/json/json-path.ts";
import { parseJsonPath } from "../../domain/json/json-path.ts";

/** One thing that is wrong with a run as it was written. */
export interface RunFault {
  readonly line: number | null;
  /** `stages[1].prompt`; null for the whole. */
  readonly field: string | null;
  readonly message: string;
}

/** How the fault begins that one flag mends for all tasks. */
export const noProvider = "no provider is named";

/** So many are told at once; who has more mends these first. */
const mostTold = 20;

/** The one form in which faults of a run are told, all of them at once. */
export function invalidRun(file: string | null, faults: readonly RunFault[]): AgentpoolError {
  const told = faults.slice(0, mostTold).map((fault) => sentence(file, fault));
  const more = faults.length - told.length;
  const first = faults[0];
  const place = first?.line ? `${file}:${first.line}` : file;
  const what = file === null ? "it" : first?.field ? `${first.field} in ${place}` : place;
  const lacksProvider = faults.some(({ message }) => message.includes(noProvider));
  return new AgentpoolError("invalid_run", "The run cannot be begun as it is written", {
    why: [...told, ...(more > 0 ? [`and ${more} more`] : [])].join("\n"),
    hint: lacksProvider
      ? "Nothing was started. Name one with --provider; see which are installed: agentpool inventory"
      : `Nothing was started. Correct ${what}, and begin it again.`,
    details: { file, faults },
  });
}

/** The same for a list of tasks that is put on the board. */
export function invalidTasks(file: string | null, faults: readonly RunFault[]): AgentpoolError {
  const told = faults.slice(0, mostTold).map((fault) => sentence(file, fault));
  const more = faults.length - told.length;
  return new AgentpoolError("invalid_input", "The tasks cannot be added as they are written", {
    why: [...told, ...(more > 0 ? [`and ${more} more`] : [])].join("\n"),
    hint: "Nothing was added. Correct it, and add them again.",
    details: { file, faults },
  });
}

function sentence(file: string | null, { line, field, message }: RunFault): string {
  const where = file === null ? "" : line === null ? `${file}: ` : `${file}:${line}: `;
  return `${where}${field === null ? "" : `${field} `}${message}`;
}

/** `$.stages[1].prompt` as the steps that lead there and the name a person knows. */
export function placeOf(at: string): {
  readonly path: readonly (string | number)[];
  readonly field: string | null;
} {
  const steps: readonly PathStep[] = parseJsonPath(at) ?? [];
  const path = steps.filter((step) => typeof step !== "symbol");
  const field = at.replace(/^\$\.?/, "");
  return { path, field: field === "" ? null : field };
}
