import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/server/validators/cf-worker";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
const manifest = read("server.json");
const npm = read("package.json");

function problemOf(value: unknown): string | undefined {
  const schema = read("tests/surface/mcp/schema/server.schema.json");
  return new CfWorkerJsonSchemaValidator({ draft: "7" }).getValidator(schema)(value).errorMessage;
}

test("server.json is what the registry's schema asks for", () => {
  expect(manifest.$schema).toBe(read("tests/surface/mcp/schema/server.schema.json").$id);
  expect(problemOf(manifest)).toBeUndefined();
});

test.each([
  ["a name without a namespace", { ...manifest, name: "agentpool" }],
  ["no description", { ...manifest, description: undefined }],
  ["a long description", { ...manifest, description: "x".repeat(101) }],
  [
    "a package without a transport",
    { ...manifest, packages: [{ registryType: "npm", identifier: "a" }] },
  ],
  [
    "the version latest",
    { ...manifest, packages: [{ ...manifest.packages[0], version: "latest" }] },
  ],
  [
    "an argument without a value",
    {
      ...manifest,
      packages: [{ ...manifest.packages[0], packageArguments: [{ type: "positional" }] }],
    },
  ],
])("the schema refuses %s", (_, value) => {
  expect(problemOf(JSON.parse(JSON.stringify(value)))).toBeTypeOf("string");
});

test("the registry can tell that the package is the same, of the same version everywhere", () => {
  const [one, ...others] = manifest.packages;
  expect(others).toEqual([]);
  expect(manifest.name).toBe(npm.mcpName);
  expect(one.identifier).toBe(npm.name);
  expect(new Set([manifest.version, one.version, read("package-lock.json").version])).toEqual(
    new Set([npm.version]),
  );
  expect(manifest.repository.url).toBe(npm.repository.url.replace(/^git\+|\.git$/g, ""));
  // npx -y <package> mcp
  expect(existsSync(join(root, npm.bin[npm.name]))).toBe(true);
});

test("the switches it names are the ones the server reads", () => {
  const sources = ["select-tools.ts", "coordinator.ts"].map((file) =>
    readFileSync(join(root, "src", "surface", "mcp", file), "utf8"),
  );
  const names = manifest.packages[0].environmentVariables.map(({ name }: { name: string }) => name);
  const read = [...sources.join("").matchAll(/env\["(\w+)"\]/g)].map(([, name]) => name);
  expect(new Set(names)).toEqual(new Set(["AGENTPOOL_HOME", ...read]));
});
