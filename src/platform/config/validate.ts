import { AgentpoolError } from "../../domain/errors.ts";
import { readDocument, stampOf } from "./document.ts";
import { checkLayer } from "./layer.ts";

export interface Finding {
  readonly file: string;
  readonly line: number | null;
  readonly message: string;
}

export interface Findings {
  readonly file: string;
  readonly exists: boolean;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Everything that is wrong with one file of settings, not only the first thing. Never throws. */
export async function validateFile(file: string, kind: "user" | "project"): Promise<Findings> {
  try {
    if (stampOf(file) === undefined) return { file, exists: false, errors: [], warnings: [] };
    const { layer, faults } = checkLayer(await readDocument(file), kind);
    const warnings = layer.warnings.map(({ line, key, message }) => ({
      file,
      line: line ?? null,
      message: `${key} ${message}`,
    }));
    return { file, exists: true, errors: faults.map((one) => finding(file, one)), warnings };
  } catch (thrown) {
    const errors = [finding(file, AgentpoolError.from(thrown))];
    return { file, exists: true, errors, warnings: [] };
  }
}

function finding(file: string, error: AgentpoolError): Finding {
  const line = error.details?.["line"];
  const why = error.why ?? error.message;
  return {
    file,
    line: typeof line === "number" ? line : null,
    message: why.replace(/^[^\n]*?: /, (where) => (where.startsWith(file) ? "" : where)),
  };
}
