import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A git repository of a usual size: a few hundred files in folders. */
export function makeRepository(folder: string): string {
  const repository = join(folder, "repository");
  for (let i = 0; i < 300; i++) {
    const inside = join(repository, `part-${i % 20}`);
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `file-${i}.ts`), `export const value = ${i};\n`.repeat(40));
  }
  const git = (...args: string[]): void => {
    const author = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"];
    execFileSync("git", [...author, ...args], { cwd: repository, stdio: "ignore" });
  };
  git("init");
  git("add", ".");
  git("commit", "-m", "first");
  return repository;
}
