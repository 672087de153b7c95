import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Writes a bundle as bin/run-bundle.cjs runs it, and takes away machine code of the one before. */
export function writeBundle(file, text) {
  requireAscii(file, text);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const folder = dirname(file);
  const kept = new RegExp(`^${basename(file, ".cjs")}-.*\\.bin$`);
  for (const old of readdirSync(folder).filter((name) => kept.test(name))) {
    rmSync(join(folder, old));
  }
  // bin/run-bundle.cjs tells by this hash whether cached machine code is of this very text, and
  // runs the text as it stands: wrapping it there would copy all of it at every start
  writeFileSync(
    file,
    `/*${hash}*/(function(exports,require,module,__filename,__dirname,bringIn){${text}})`,
  );
}

/** One letter beyond ASCII and V8 keeps the whole text at two bytes a letter: a start is a fifth slower. */
function requireAscii(file, text) {
  // eslint-disable-next-line no-control-regex
  const at = text.search(/[^\x00-\x7f]/);
  if (at < 0) return;
  throw new Error(`${basename(file)} is not ASCII: ${text.slice(at - 60, at + 20)}`);
}
