import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OperationContext } from "../../../src/operations/define.ts";
import { list } from "../../../src/operations/profile/list.ts";
import { show } from "../../../src/operations/profile/show.ts";
import { createStyle } from "../../../src/surface/cli/style.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "agentpool-profile-commands-"));
  for (const folder of ["home/profiles", "repo/.git", "repo/src", "repo/.agentpool/profiles"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(folder: string, name: string, front: string): void {
  writeFileSync(join(root, folder, "profiles", `${name}.md`), `---\n${front}\n---\nDo it.\n`);
}

function standing(folder: string): OperationContext {
  const app = { home: { profiles: join(root, "home", "profiles") } };
  return { app, cwd: join(root, folder) } as unknown as OperationContext;
}

const style = createStyle(false, undefined);

test("profiles of the project are found from any folder of it, and nowhere else", async () => {
  write("home", "mine", "description: Mine\nprovider: fake");
  write("repo/.agentpool", "ours", "description: Ours\nisolation: read_only");
  const names = async (folder: string) => {
    const { profiles } = (await list.run(standing(folder), {} as never)) as Listed;
    return profiles.filter(({ source }) => source !== "built_in").map(({ name }) => name);
  };
  expect(await names("repo/src")).toEqual(["ours", "mine"]);
  expect(await names("repo")).toEqual(["ours", "mine"]);
  expect(await names("home")).toEqual(["mine"]);
});

test("a file that is no profile is listed with its line, and the status says so", async () => {
  write("home", "bad", "descripton: x");
  const listed = (await list.run(standing("home"), {} as never)) as Listed;
  expect(list.cli?.exitCode?.(listed as never)).toBe(1);
  const text = list.cli?.render(listed as never, style, {});
  expect(text).toContain("bad.md:2: descripton does not belong there; did you mean description?");
  await expect(show.run(standing("home"), { name: "bad" } as never)).rejects.toMatchObject({
    code: "invalid_config",
  });
});

test("one profile is shown with what is said to its agent; of an unknown one the nearest is named", async () => {
  const shown = await show.run(standing("home"), { name: "lead" } as never);
  expect(show.cli?.render(shown, style, {})).toContain("You lead a team of agents.");
  await expect(show.run(standing("home"), { name: "plannr" } as never)).rejects.toMatchObject({
    code: "profile_not_found",
    hint: "Did you mean planner?",
  });
});

interface Listed {
  readonly profiles: readonly { readonly name: string; readonly source: string }[];
}
