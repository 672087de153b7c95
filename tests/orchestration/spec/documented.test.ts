import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadProfiles } from "../../../src/orchestration/profiles/load-profiles.ts";
import { readProfile } from "../../../src/orchestration/profiles/read-profile.ts";
import { planRun } from "../../../src/orchestration/spec/plan-run.ts";
import { asDocument, parseRun } from "../../../src/orchestration/spec/run-document.ts";
import { resourceText } from "../../../src/surface/mcp/resource-text.ts";

const page = readFileSync(
  fileURLToPath(new URL("../../../docs/reference/run-files.md", import.meta.url)),
  "utf8",
);
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``, "g"))].map(
    ([, text = ""]) => text,
  );

test("every run in the documentation can be begun as it stands there", async () => {
  const { profiles } = await loadProfiles({ user: "/nowhere", project: null });
  const planned = await Promise.all(
    blocks("yaml").map(async (text) =>
      planRun(await parseRun(text, { file: "run.yaml", format: "yaml" }), {
        kind: null,
        flags: {},
        base: { mode: "read_only", repoPath: "/repo", attempts: 1 },
        limits: {},
        profiles,
        provider: (name) => ({ id: name }),
      }),
    ),
  );
  expect(planned.map(({ kind }) => kind)).toEqual(["pool", "pipeline", "swarm", "team"]);
  expect(planned.flatMap(({ warnings }) => warnings)).toEqual([]);
  expect(JSON.stringify(planned)).not.toContain('"refused"');
});

test("every run in what hosts' models read can be begun as it stands there", async () => {
  const { profiles } = await loadProfiles({ user: "/nowhere", project: null });
  const [, section = ""] = (resourceText("agentpool://skill.md", "1.0.0") ?? "").split(
    "## Several at once",
  );
  const specs = [...(section.split("\n## ")[0] ?? "").matchAll(/`(\{[^`]*\})`/g)];
  const kinds = specs.map(([, text = ""]) => {
    const spec = JSON.parse(text) as Record<string, unknown>;
    return planRun(asDocument(spec), {
      kind: null,
      flags: { providerId: "fake" },
      base: { mode: "read_only", repoPath: "/repo", attempts: 1 },
      limits: {},
      profiles,
      provider: (name) => ({ id: name }),
    }).kind;
  });
  expect(kinds).toEqual(["pool", "pipeline", "swarm", "team", "team"]);
});

test("the profile in the documentation is one", async () => {
  const [text = ""] = blocks("markdown");
  const read = await readProfile({ name: "careful", source: "user", file: null, text });
  expect(read).toMatchObject({ profile: { toolset: "worker", timeoutMs: 1_800_000 } });
});
