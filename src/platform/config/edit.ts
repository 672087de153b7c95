import { parse, parseDocument, stringify } from "yaml";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { writeWhole } from "../write-whole.ts";
import { stampOf } from "./document.ts";
import { readLayer } from "./layer.ts";
import { parseSettings } from "./yaml-settings.ts";

/**
 * Sets one key in a file of settings, or removes it (`undefined`), and keeps everything else as it
 * stands, comments too. The file is replaced in one step, and only by one that can be used.
 * @param text YAML of the value: `4`, `true`, `[a, b]`
 * @returns what the file holds afterwards
 * @throws invalid_config when it could not be used afterwards, or cannot now
 */
export function editConfig(
  file: string,
  key: string,
  text: string | undefined,
  options: { readonly dryRun?: boolean } = {},
): string {
  const before = stampOf(file) === undefined ? "" : readFileSync(file, "utf8");
  // what cannot be read must not be written over; what is wrong in it may be taken out
  const present = parseSettings(before, file);
  if (text !== undefined) readLayer(present, "user");
  const document = parseDocument(before);
  const path = key.split(".");
  if (document.contents === null) document.contents = document.createNode({}) as never;
  if (text === undefined) {
    if (!document.hasIn(path)) refuseUnknown(file, path);
    document.deleteIn(path);
  } else {
    for (let length = 1; length < path.length; length++) {
      // `policy:` with nothing below it is a section all the same
      const parent = path.slice(0, length);
      if (document.getIn(parent) === null) document.setIn(parent, document.createNode({}));
    }
    document.setIn(path, valueOf(key, text));
  }
  const after = document.toString({ lineWidth: 0 });
  try {
    readLayer(parseSettings(after, file), "user");
  } catch (thrown) {
    const { why = "" } = AgentpoolError.from(thrown);
    throw new AgentpoolError("invalid_config", `${key} cannot be set to ${text ?? "nothing"}`, {
      why: `${why.replace(/^.*?:\d+: /, "").replace(/([^.?])$/, "$1.")} ${file} is as it was.`,
      hint: "agentpool config show",
    });
  }
  if (options.dryRun === true || after === before) return after;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeWhole(file, after);
  return after;
}

/** @throws invalid_config with the nearest one for a key that nobody knows */
function refuseUnknown(file: string, path: readonly string[]): void {
  const nested = path.toReversed().reduce<unknown>((below, part) => ({ [part]: below }), null);
  try {
    readLayer(parseSettings(stringify(nested), file), "user");
  } catch (thrown) {
    const { why = "" } = AgentpoolError.from(thrown);
    throw new AgentpoolError("invalid_config", `${path.join(".")} cannot be taken out`, {
      why: `${why.replace(/^.*?:\d+: /, "").replace(/([^.?])$/, "$1.")} ${file} is as it was.`,
      hint: "agentpool config show",
    });
  }
}

function valueOf(key: string, text: string): unknown {
  try {
    return parse(text);
  } catch (thrown) {
    throw new AgentpoolError("invalid_input", `The value of ${key} is no YAML`, {
      why: thrown instanceof Error ? (thrown.message.split("\n")[0] ?? "") : String(thrown),
      hint: `agentpool config set ${key} '"text"'`,
    });
  }
}
