import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Every place that names the version of the package, with the version it names.
 * @param {string} root folder of the repository
 * @returns {{ readonly place: string, readonly version: string }[]}
 */
export function statedVersions(root) {
  const json = (file) => JSON.parse(readFileSync(join(root, file), "utf8"));
  const lock = json("package-lock.json");
  const stated = [
    { place: "package.json", version: json("package.json").version },
    { place: "package-lock.json", version: lock.version },
    { place: 'package-lock.json, packages[""]', version: lock.packages[""].version },
  ];
  for (const name of readdirSync(join(root, "skills"))) {
    const file = join("skills", name, "SKILL.md");
    const [, version = "none"] =
      /^ {2}version: "(.*)"$/m.exec(readFileSync(join(root, file), "utf8")) ?? [];
    stated.push({ place: file, version });
  }
  // what the MCP registry is told
  if (existsSync(join(root, "server.json"))) {
    const server = json("server.json");
    stated.push({ place: "server.json", version: server.version });
    for (const [index, one] of (server.packages ?? []).entries()) {
      stated.push({ place: `server.json, packages[${index}]`, version: one.version });
    }
  }
  return stated;
}

/** What is wrong with them, empty for nothing. @param {string} root */
export function unequalVersions(root) {
  const stated = statedVersions(root);
  const { version } = stated[0];
  return stated
    .filter((one) => one.version !== version)
    .map((one) => `${one.place} says ${one.version}, package.json ${version}`)
    .join("\n");
}
