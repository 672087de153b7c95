import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { checkFile, readModels, strayModels } from "../../../src/provider/models/read-models.ts";
import { tempFolder } from "../../support/temp-folder.ts";

function folders(): {
  readonly userFolder: string;
  readonly provider: { readonly id: string; readonly file: string };
  readonly write: (path: string, content: unknown) => string;
} {
  const root = tempFolder();
  return {
    userFolder: join(root, "models"),
    provider: { id: "sample-cli", file: join(root, "providers", "sample-cli", "provider.mjs") },
    write: (path, content) => {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
      return file;
    },
  };
}

const ids = (read: { readonly list: { readonly models: readonly { readonly id: string }[] } }) =>
  read.list.models.map(({ id }) => id);

test("a provider without any file has no models, and that is no mistake", async () => {
  const { provider, userFolder } = folders();

  const read = await readModels(provider, userFolder);

  expect(read).toMatchObject({ providerId: "sample-cli", files: [], broken: [] });
  expect(ids(read)).toEqual([]);
  expect(await strayModels({ providers: [provider], userFolder })).toEqual([]);
});

test("the person's file is laid over that of the provider's folder", async () => {
  const { provider, userFolder, write } = folders();
  const own = write("providers/sample-cli/models.json", { models: [{ id: "a" }] });
  const mine = write("models/sample-cli.json", { models: [{ id: "b" }] });

  const read = await readModels(provider, userFolder);

  expect(ids(read)).toEqual(["a", "b"]);
  expect(read.files).toEqual([own, mine]);
});

test("a provider that is a single file has no folder of its own", async () => {
  const { userFolder, write } = folders();
  write("providers/models.json", { models: [{ id: "not-mine" }] });
  const single = write("providers/sample-cli.json", "{}");

  expect(ids(await readModels({ id: "sample-cli", file: single }, userFolder))).toEqual([]);
});

test("a file that is broken leaves what the other says", async () => {
  const { provider, userFolder, write } = folders();
  write("providers/sample-cli/models.json", { models: [{ id: "a" }] });
  const mine = write("models/sample-cli.json", '{ "models": [{ "id": }] }');

  const read = await readModels(provider, userFolder);

  expect(ids(read)).toEqual(["a"]);
  expect(read.broken).toEqual([
    { file: mine, problems: [{ line: 1, field: "models[0].id", reason: '"}" is no value' }] },
  ]);
});

test("what cannot be read, is a folder, or is far too large is broken, not an error", async () => {
  const { provider, userFolder, write } = folders();
  const own = write("providers/sample-cli/models.json", `"${"x".repeat(1024 * 1024)}"`);
  mkdirSync(join(userFolder, "sample-cli.json"), { recursive: true });

  const { broken } = await readModels(provider, userFolder);

  expect(broken.map(({ file, problems }) => [file, problems[0]?.reason])).toEqual([
    [own, "it is larger than 1 MiB"],
    [join(userFolder, "sample-cli.json"), "it is no file"],
  ]);
});

test("a file for a provider that does not exist is told with the nearest id", async () => {
  const { provider, userFolder, write } = folders();
  const file = write("models/sample.json", "{}");
  write("models/notes.txt", "not of interest");
  write("models/.hidden.json", "{");

  expect(await strayModels({ providers: [provider], userFolder })).toEqual([
    {
      file,
      problems: [
        {
          line: 1,
          field: "",
          reason: 'no provider has the id "sample"; did you mean sample-cli.json?',
        },
      ],
    },
  ]);
});

test("a file is checked wherever it lies, over the provider it is named after", async () => {
  const { provider, write } = folders();
  write("providers/sample-cli/models.json", { models: [{ id: "a" }] });
  const named = write("drafts/sample-cli.json", { default: "a" });
  const other = write("drafts/other.json", { default: "a" });

  expect(await checkFile(named, [provider])).toEqual([]);
  expect(await checkFile(other, [provider])).toMatchObject([{ field: "default" }]);
  expect(await checkFile(join(dirname(named), "absent.json"), [provider])).toBeUndefined();
});

test("files that settings name are laid over both, and one that is not there is told", async () => {
  const { provider, userFolder, write } = folders();
  write("models/sample-cli.json", { models: [{ id: "a" }] });
  const shared = dirname(write("shared/sample-cli.json", { models: [{ id: "b" }] }));
  const single = write("single/sample-cli.json", { models: [{ id: "c" }] });
  const other = write("single/other-cli.json", { models: [{ id: "d" }] });
  const gone = join(shared, "gone", "sample-cli.json");

  const read = await readModels(provider, userFolder, [shared, single, other, gone]);

  expect(ids(read)).toEqual(["a", "b", "c"]);
  expect(read.broken).toMatchObject([{ file: gone }]);
});
