import type { Home } from "../../../platform/home.ts";
import { configReader } from "../../../platform/config/reader.ts";
import { readHolder } from "../../../supervisor/facts.ts";
import type { Check } from "./check.ts";

/** Whether the files of settings can be used; while they cannot, nothing is started. @throws invalid_config */
export async function checkConfig(
  home: Home,
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<Check> {
  const name = "config";
  const { entries, warnings } = await configReader({ home, env })(folder);
  const other = readHolder(home.supervisorFacts)?.config;
  if (other !== undefined && other !== home.config) {
    return {
      name,
      status: "warn",
      message: `the supervisor that runs reads ${other}, and this command ${home.config}`,
      repair: "agentpool supervisor stop",
    };
  }
  const [first] = warnings;
  if (first) {
    const where = first.line === undefined ? first.file : `${first.file}:${first.line}`;
    return {
      name,
      status: "warn",
      message: `${where}: ${first.key} ${first.message}`,
      repair: "agentpool config validate",
    };
  }
  const files = new Set(entries.flatMap(({ origin }) => ("file" in origin ? [origin.file] : [])));
  const written = entries.filter(({ origin }) => origin.source !== "default").length;
  if (files.size === 0) return { name, status: "ok", message: "none; the defaults hold" };
  return {
    name,
    status: "ok",
    message: `${[...files].join(", ")}: ${written} ${written === 1 ? "key" : "keys"}`,
  };
}
