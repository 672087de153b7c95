import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readForeach, refuseIdleTemplate } from "../../src/operations/run/ready-run.ts";
import { invalidRun } from "../../src/orchestration/spec/faults.ts";
import { readRunFile } from "../../src/orchestration/spec/run-document.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a template that no entry fills begins nothing", () => {
  const refusal = (given: { template?: string; foreach?: string }): unknown => {
    try {
      return refuseIdleTemplate(given);
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : thrown;
    }
  };

  expect(refusal({ foreach: "a,b", template: "Say hello" })).toBe("--template has no {item}");
  expect(refusal({ template: "Say {item}" })).toBe("--template is given without --foreach");
  for (const template of ["Say {item}", "Look at {item.file}", "Part {index}"]) {
    expect(refusal({ foreach: "a,b", template })).toBeUndefined();
  }
  expect(refusal({ foreach: "a,b" })).toBeUndefined();
});

test("the name of a list that is not there is no entry of one", async () => {
  const cwd = tempFolder();
  writeFileSync(join(cwd, "items.txt"), "one\ntwo\n");

  for (const text of ["itms.txt", "lists/items", "./items", "Items.YAML", "my items.jsonl"]) {
    const refused = readForeach({ cwd }, text);
    await expect(refused, text).rejects.toMatchObject({
      code: "invalid_input",
      message: `--foreach names the file ${text}, which is not there`,
      hint: expect.stringContaining(`--foreach '${text},'`),
    });
  }
  await expect(readForeach({ cwd }, "@itms.txt")).rejects.toMatchObject({ code: "invalid_run" });

  expect(await readForeach({ cwd }, "items.txt")).toEqual(["one", "two"]);
  expect(await readForeach({ cwd }, "@items.txt")).toEqual(["one", "two"]);
  const words = ["red", "a b", "src/a.ts,src/b.ts", "itms.txt,", "https://example.com/a", "v1.2"];
  expect(await Promise.all(words.map((text) => readForeach({ cwd }, text)))).toEqual([
    ["red"],
    ["a b"],
    ["src/a.ts", "src/b.ts"],
    ["itms.txt"],
    ["https://example.com/a"],
    ["v1.2"],
  ]);
});

test("a run without a provider says how to name one, not which field to correct", () => {
  const message = "cannot be done: no provider is named (--provider ID, or `provider` in a file)";

  expect(invalidRun(null, [{ line: null, field: "tasks", message }]).hint).toBe(
    "Nothing was started. Name one with --provider; see which are installed: agentpool inventory",
  );
});

test("a run file that is missing is told in words of the person, not of the system", async () => {
  const file = join(tempFolder(), "run.yaml");

  await expect(readRunFile(file)).rejects.toMatchObject({
    why: `${file}: is not there`,
    hint: `Nothing was started. Correct ${file}, and begin it again.`,
  });
});

test("a list in another encoding is refused, and no agent is given other words", async () => {
  const cwd = tempFolder();
  writeFileSync(join(cwd, "latin.txt"), Buffer.from("caf\u00e9\n", "latin1"));
  writeFileSync(join(cwd, "wide.txt"), Buffer.from("\ufeffcaf\u00e9\n", "utf16le"));

  for (const file of ["latin.txt", "wide.txt"]) {
    await expect(readForeach({ cwd }, file), file).rejects.toMatchObject({
      code: "invalid_run",
      why: expect.stringContaining("it is no UTF-8 text"),
    });
  }
});
