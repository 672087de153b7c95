import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./built.ts";

export interface BuildCopy {
  /** The command of this installation. */
  readonly bin: string;
}

/**
 * Another installation of the built package in a folder: of another version, or with a program
 * that its supervisor loads first.
 */
export function copyBuild(
  folder: string,
  options: { readonly version?: string; readonly supervisorLoads?: string } = {},
): BuildCopy {
  const { version, supervisorLoads } = options;
  mkdirSync(folder, { recursive: true });
  cpSync(join(repository, "bin"), join(folder, "bin"), { recursive: true });
  cpSync(join(repository, "dist"), join(folder, "dist"), {
    recursive: true,
    // machine code that was kept for the original
    filter: (file) => !file.endsWith(".bin"),
  });
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  const manifest = readFileSync(join(repository, "package.json"), "utf8");
  const own = (JSON.parse(manifest) as { version: string }).version;
  if (version === undefined) writeFileSync(join(folder, "package.json"), manifest);
  else {
    writeFileSync(
      join(folder, "package.json"),
      manifest.replace(`"version": "${own}"`, `"version": "${version}"`),
    );
    const pages = readdirSync(join(folder, "dist", "help")).map((name) => join("help", name));
    for (const file of ["cli.cjs", "mcp.json", ...pages]) {
      const path = join(folder, "dist", file);
      writeFileSync(path, readFileSync(path, "utf8").replaceAll(own, version));
    }
  }
  if (supervisorLoads !== undefined) {
    const main = join(folder, "dist", "src", "supervisor", "main.js");
    cpSync(supervisorLoads, join(folder, "dist", "src", "supervisor", "first.mjs"));
    // from files of its own, since a program that comes first can change nothing inside a bundle
    writeFileSync(
      main,
      `import "./first.mjs";\nimport { main } from "./detached.js";\nawait main(() => undefined);\n`,
    );
  }
  return { bin: join(folder, "bin", "agentpool.cjs") };
}
