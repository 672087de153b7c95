import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** An installation of the built package. */
export interface Product {
  readonly folder: string;
  readonly version: string;
  /** The command people type. */
  readonly command: string;
  /** The detached process. */
  readonly supervisor: string;
  readonly dist: string;
}

/** Copies the build, so that one which is made meanwhile changes nothing of what is measured. */
export function copyProduct(root: string, folder: string): Product {
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(join(root, part), join(folder, part), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const manifest = readFileSync(join(folder, "package.json"), "utf8");
  return {
    folder,
    version: (JSON.parse(manifest) as { readonly version: string }).version,
    command: join(folder, "bin", "agentpool.cjs"),
    supervisor: join(folder, "dist", "src", "supervisor", "main.js"),
    dist: join(folder, "dist"),
  };
}
