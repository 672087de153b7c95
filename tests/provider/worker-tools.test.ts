import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Catalogue } from "../../src/provider/discover.ts";
import { whyNoTools, whyUnfit } from "../../src/provider/worker-tools.ts";

const options = { readOnly: true } as never;
const reader = { displayName: "Reader", options };
const everywhere = { ...reader, workerMcp: { by: "--mcp", unasked: true } };
const inWorktree = { ...reader, workerMcp: { ...everywhere.workerMcp, onlyInWorktree: true } };

test("tools that are typed as commands, or lie in a worktree, are none for whoever only reads", () => {
  for (const toolset of ["worker", "lead"] as const) {
    expect(whyNoTools(reader, { toolset, mode: "read_only" })).toContain("takes no tools");
    expect(whyNoTools(inWorktree, { toolset, mode: "read_only" })).toContain("by --mcp");
    expect(whyNoTools(everywhere, { toolset, mode: "read_only" })).toBeNull();
  }
  for (const mode of ["worktree", "shared"] as const) {
    for (const one of [reader, everywhere, inWorktree]) {
      expect(whyNoTools(one, { toolset: "worker", mode })).toBeNull();
    }
  }
  expect(whyNoTools(reader, { toolset: null, mode: "read_only" })).toBeNull();
});

test("a lead that would write, and a mode that the CLI has not, are told", () => {
  expect(whyUnfit(everywhere, { toolset: "lead", mode: "shared" })).toContain("read_only");
  const writer = { ...everywhere, options: {} as never };
  expect(whyUnfit(writer, { toolset: null, mode: "read_only" })).toContain("no read-only mode");
  expect(whyUnfit(writer, { toolset: "worker", mode: "worktree" })).toBeNull();
});

test("of the agents that we ship, those lead that have their tools while they only read", async () => {
  const { providers } = await new Catalogue(join(tmpdir(), "no-providers-of-a-user")).all();
  const unable = providers
    .filter(({ definition }) => whyUnfit(definition, { toolset: "lead", mode: "read_only" }))
    .map(({ definition }) => definition.id);
  expect(unable).toEqual(["cursor-cli", "droid-cli"]);
});
