import { expect, test } from "vitest";
import { mergeOrder, type WorkBranch } from "../../src/domain/merge-order.ts";

const branch = (name: string, files: number, after: readonly string[] = []): WorkBranch => ({
  name,
  taskTitle: name,
  changedFiles: Array.from({ length: files }, (_, n) => `${name}-${n}`),
  conflictsWithTarget: [],
  after,
});
const into = { branch: "main", repoPath: "/repo" };

test("what others build on goes first, then what is in nobody's way, then the smaller", () => {
  const plan = mergeOrder(
    [
      branch("big", 9),
      branch("late", 1, ["base"]),
      branch("base", 20),
      branch("c1", 1),
      branch("c2", 2),
      branch("none", 0),
    ],
    [{ a: "c2", b: "c1", files: ["x.ts"] }],
    into,
  );
  expect(plan.order.map(({ branch }) => branch)).toEqual(["big", "base", "late", "c1", "c2"]);
  expect(plan.empty).toEqual(["none"]);
  expect(plan.order[2]?.because).toBe(
    "1 file changed; builds on base; no conflict with what is merged before",
  );
  expect(plan.order[4]?.because).toBe("2 files changed; conflicts with c1");
});

test("the commands can be typed as they are, also where a merge stops", () => {
  const plan = mergeOrder(
    [branch("agentpool/fake/a", 1), branch("it's b", 2)],
    [{ a: "agentpool/fake/a", b: "it's b", files: ["src/a b.ts"] }],
    { branch: "main", repoPath: "/my repo" },
  );
  expect(plan.commands).toEqual([
    "git -C '/my repo' switch main",
    "git -C '/my repo' merge --no-ff --no-edit agentpool/fake/a",
    String.raw`git -C '/my repo' merge --no-ff --no-edit 'it'\''s b'`,
    "# it stops at 'src/a b.ts': put these right, then",
    "#   git -C '/my repo' add 'src/a b.ts' && git -C '/my repo' commit --no-edit",
  ]);
});

test("a remark stays one, whatever line breaks a path has", () => {
  const odd = { ...branch("odd", 1), conflictsWithTarget: ["a\ntouch b\r'"] };
  const { commands } = mergeOrder([odd], [], into);
  expect(commands.slice(2)).toEqual([
    String.raw`# it stops at "a\ntouch b\r'": put these right, git add them, then git commit --no-edit`,
  ]);
  const there = mergeOrder([odd], [], { branch: "main", repoPath: "/a\nb" });
  expect(there.commands.at(-1)).toMatch(/^# it stops at \S.*$/);
});

test("what the target has otherwise by now is told, and goes last", () => {
  const late = { ...branch("late", 1), conflictsWithTarget: ["late-0"] };
  const plan = mergeOrder(
    [late, branch("free", 2)],
    [{ a: "late", b: "free", files: ["x"] }],
    into,
  );
  expect(plan.order.map(({ branch, stopsAt }) => [branch, stopsAt])).toEqual([
    ["free", []],
    ["late", ["late-0", "x"]],
  ]);
  expect(plan.order[1]?.because).toBe("1 file changed; conflicts with main, free");
});

test("where no branch is checked out there is none to switch to", () => {
  const plan = mergeOrder([branch("a", 1)], [], { branch: "HEAD", repoPath: "/repo" });
  expect(plan.commands).toEqual(["git -C /repo merge --no-ff --no-edit a"]);
});

test("nothing to merge needs no command, and a circle of dependencies hangs nobody", () => {
  expect(mergeOrder([branch("a", 0)], [], into)).toMatchObject({ order: [], commands: [] });
  const circle = mergeOrder([branch("a", 1, ["b"]), branch("b", 1, ["a"])], [], into);
  expect(circle.order.map(({ branch }) => branch)).toEqual(["a", "b"]);
});
