import { describe, expect, test } from "vitest";
import { findLog } from "../../../providers/codex-cli/find-log.ts";
import type { LogPlace } from "../../../src/provider/definition.ts";

const id = "01a1fe08-9412-7a00-84bc-5663153e5eef";
const day = "/home/dev/.codex/sessions/2026/11/21";
const main = `${day}/rollout-2026-11-21T12-15-37-${id}.jsonl`;
const sub = `${day}/rollout-2026-11-21T12-15-38-01a1fe08-aaaa-7a00-84bc-5663153e5eef.jsonl`;

const heads: Readonly<Record<string, object>> = {
  [main]: { id, session_id: id },
  [sub]: { id: "01a1fe08-aaaa-7a00-84bc-5663153e5eef", parent_thread_id: id },
};

function place(facts: {
  readonly id?: string;
  readonly open?: readonly string[];
  readonly files?: readonly string[];
}): LogPlace {
  return {
    workPath: "/home/dev/project",
    agentSessionId: facts.id ?? null,
    pid: 1,
    startedAt: Date.UTC(2026, 10, 21, 12),
    facts: { home: "/home/dev/.codex" },
    env: {},
    list: (folder) =>
      Promise.resolve(
        (facts.files ?? [])
          .filter((file) => file.startsWith(`${folder}/`))
          .map((file) => ({ name: file.slice(folder.length + 1), mtimeMs: 0 })),
      ),
    read: (path) => {
      const payload = heads[path];
      return Promise.resolve(payload && `${JSON.stringify({ type: "session_meta", payload })}\n{}`);
    },
    openFiles: () => Promise.resolve(facts.open ?? []),
  };
}

describe("the rollout", () => {
  test("is the one the agent holds open under the session's id", async () => {
    expect(await findLog(place({ id, open: ["/dev/null", sub, main] }))).toBe(main);
  });

  test("is that of the main thread while no id is known", async () => {
    expect(await findLog(place({ open: [main, sub] }))).toBe(main);
    expect(await findLog(place({ open: [sub] }))).toBeNull();
  });

  test("is found by its name once nobody holds it open any more", async () => {
    expect(await findLog(place({ id, files: [sub, main] }))).toBe(main);
  });

  test.each(["2026/11/20", "2026/11/22"])(
    "may lie under the day %s, which is local",
    async (date) => {
      const file = main.replace("2026/11/21", date);
      expect(await findLog(place({ id, files: [file] }))).toBe(file);
    },
  );

  test("is nowhere before the first prompt", async () => {
    expect(await findLog(place({}))).toBeNull();
    expect(await findLog(place({ id }))).toBeNull();
  });
});
