import { expect, test } from "vitest";
import { nameClashes } from "../../src/provider/shared-names.ts";

const shipped = { id: "alpha-cli", aliases: ["alpha", "alpha-loud"], origin: "built_in" } as const;
const own = (id: string, ...aliases: readonly string[]) =>
  ({ id, aliases, origin: "user" }) as const;

test("names of one's own are nothing to speak of", () => {
  const all = [shipped, own("mine", "me")];
  expect(all.flatMap(({ id }) => nameClashes(id, all))).toEqual([]);
});

test("an id that is another one's alias or preset takes it, and says so", () => {
  const all = [shipped, own("alpha-loud")];
  expect(nameClashes("alpha-loud", all)).toEqual([
    "takes the name alpha-loud from alpha-cli, which has it as an alias",
  ]);
  expect(nameClashes("alpha-cli", all)).toEqual([
    "its alias alpha-loud does not name it: alpha-loud means alpha-loud",
  ]);
});

test("an alias that we ship stays ours", () => {
  const all = [shipped, own("mine", "alpha")];
  expect(nameClashes("mine", all)).toEqual([
    "its alias alpha does not name it: alpha means alpha-cli",
  ]);
  expect(nameClashes("alpha-cli", all)).toEqual([]);
});

test("of two of the user's the first by id has the alias", () => {
  const all = [own("b", "x"), own("a", "x")];
  expect(nameClashes("a", all)).toEqual([]);
  expect(nameClashes("b", all)).toEqual(["its alias x does not name it: x means a"]);
});
