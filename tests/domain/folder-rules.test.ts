import { describe, expect, test } from "vitest";
import { isWithin, judgeFolder, type FolderRules } from "../../src/domain/folder-rules.ts";

const none: FolderRules = { allowed: [], denied: [], protected: [], open: [] };

test("a folder holds itself and what lies below it, not what begins like it", () => {
  expect(isWithin("/a/ws", "/a/ws")).toBe(true);
  expect(isWithin("/a/ws/deep/er", "/a/ws")).toBe(true);
  expect(isWithin("/a/ws-evil", "/a/ws")).toBe(false);
  expect(isWithin("/a", "/a/ws")).toBe(false);
  expect(isWithin("/a", "/")).toBe(true);
});

describe("protected folders", () => {
  const rules = {
    ...none,
    protected: [
      { path: "/etc", what: "files of the system" },
      { path: "/", what: "the whole system", only: true },
      { path: "/home/me/.pool", what: "ours" },
    ],
    open: ["/home/me/.pool/worktrees"],
  };

  test.each([
    ["/etc", false],
    ["/etc/nginx", false],
    ["/", false],
    ["/srv", true],
    ["/home/me/.pool/state", false],
    ["/home/me/.pool/worktrees/one", true],
  ])("%s: %s", (path, ok) => {
    expect(judgeFolder(path, rules).ok).toBe(ok);
  });

  test("are opened by an allowed folder inside, not by one around them", () => {
    expect(judgeFolder("/etc/nginx", { ...rules, allowed: ["/"] }).ok).toBe(false);
    expect(judgeFolder("/etc/nginx", { ...rules, allowed: ["/etc/nginx"] }).ok).toBe(true);
    expect(judgeFolder("/etc/ssh", { ...rules, allowed: ["/etc/nginx"] }).ok).toBe(false);
  });
});

test("what is denied stays so, allowed or not", () => {
  const rules = { ...none, allowed: ["/ws"], denied: ["/ws/secret"] };
  expect(judgeFolder("/ws/code", rules)).toEqual({ ok: true });
  expect(judgeFolder("/ws/secret/deep", rules)).toMatchObject({ rule: "denied_roots" });
  expect(judgeFolder("/other", rules)).toMatchObject({ rule: "allowed_roots" });
});
