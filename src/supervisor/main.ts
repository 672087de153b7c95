import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import type * as detached from "./detached.ts";

/**
 * What a supervisor is started by. All that it is made of (`detached.ts`) the build puts into one
 * file: to find and compile hundreds takes most of a start.
 */
interface Bundle {
  readonly exports: typeof detached;
  readonly keepCode: () => void;
}

// to wake other threads for 2 MB of new objects (see `command.ts`) costs more than they help;
// before the bundle, since V8 takes machine code only under the flags it was made under
setFlagsFromString("--no-parallel-scavenge");
const runBundle = createRequire(import.meta.url)("../../../bin/run-bundle.cjs") as (
  file: string,
) => Bundle;
const { exports, keepCode } = runBundle(
  fileURLToPath(new URL("../../supervisor.cjs", import.meta.url)),
);
await exports.main(keepCode);
