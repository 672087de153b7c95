import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../../support/built.ts";
import { runCli } from "../../support/run-cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

test.each([
  { args: ["task", "list"], remark: "No tasks." },
  { args: ["run", "list"], remark: "No run is open; with --all those that are over." },
  { args: ["leases", "list"], remark: "No leases." },
])("that $args has nothing is no line of what a pipe reads", async ({ args, remark }) => {
  const home = tempFolder();

  expect(await runCli(args, { home })).toMatchObject({
    status: 0,
    stdout: "",
    stderr: `${remark}\n`,
  });
});
