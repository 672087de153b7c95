import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { executable } from "../../support/programs.ts";
import { plainEnv, tmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

test("an agent runs with its arguments, folder, variables and size, exactly as given", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const cwd = join(bed.folder, "a b'\"$x #S #{pane_id} %H é;");
  mkdirSync(cwd);
  const out = join(bed.folder, "out");
  const script = `{ printf '%s|' "$@"; printf '%s|' "$V" "$W"; pwd; stty size; } > ${out}; exec cat`;
  const args = ["a b", "", "'\"", "$HOME", ";", "#{pane_id}", "%d", "é🙂", "two\nlines", "\\"];

  const place = await bed.host.open(
    bed.spec("ap_1", "", {
      argv: ["/bin/sh", "-c", script, "sh", ...args],
      cwd,
      env: { V: "x y;$z\n'#{pane_id}", W: "" },
      cols: 123,
      rows: 45,
    }),
  );

  await waitFor(() => readIfThere(out).endsWith("45 123\n"));
  expect(readFileSync(out, "utf8")).toBe(`${args.join("|")}|x y;$z\n'#{pane_id}||${cwd}\n45 123\n`);
  const [info] = await bed.host.list();
  expect(info).toMatchObject({
    sessionId: "ap_1",
    dead: false,
    logging: true,
    cols: 123,
    rows: 45,
  });
  const identity = await createLocalMachine().process(place.pid ?? 0);
  expect(identity?.startToken).toBe(place.startToken);
});

test("a program of one word with blanks runs without a shell reading it", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const program = executable(bed.folder, "my agent; $x", "#!/bin/sh\necho started; exec cat\n");

  const place = await bed.host.open(bed.spec("ap_1", "", { argv: [program] }));

  const line = await waitFor(async () => (await bed.host.capture(place))?.lines[0] || undefined);
  expect(line).toBe("started");
});

test("the first and the last output of a short program are in its log", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const log = join(bed.logFolder("ap_1"), "terminal.1.log");

  await bed.host.open(bed.spec("ap_1", "printf 'first\\n'; sleep 0.1; echo last; sleep 0.05"));

  await waitFor(() => readIfThere(log) === "first\r\nlast\r\n");
  expect(statSync(log).mode & 0o777).toBe(0o600);
  expect(statSync(bed.logFolder("ap_1")).mode & 0o777).toBe(0o700);
});

test("the output of a pane is told from its first byte", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const told = new Map<string, string>();
  bed.host.on("output", (id, text) => told.set(id, (told.get(id) ?? "") + text));

  const ids = Array.from({ length: 20 }, (_, i) => `ap_${i}`);
  await Promise.all(ids.map((id) => bed.host.open(bed.spec(id, `printf 'é ${id}'; exec cat`))));

  await waitFor(() => ids.every((id) => told.has(id)));
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(ids.map((id) => [id, `é ${id}`])));
});

test("the agent's variables come from the server's environment and its own, from nowhere else", async () => {
  process.env["LEAKED_FROM_TEST"] = "1";
  const bed = tmuxTestBed({ serverEnv: { ...plainEnv(), BASE: "base", TMUX: "/x,1,0" } });
  await bed.host.connect();
  const out = join(bed.folder, "out");

  await bed.host.open(
    bed.spec("ap_1", `env > ${out}; echo end >> ${out}; cat`, { env: { OWN: "own" } }),
  );
  await waitFor(() => readIfThere(out).endsWith("end\n"));
  delete process.env["LEAKED_FROM_TEST"];

  const names = readFileSync(out, "utf8")
    .split("\n")
    .map((line) => line.replace(/=.*/, ""));
  // what tmux and the shell add themselves
  const theirs =
    /^(?:_|OLDPWD|PWD|SHELL|SHLVL|TERM|TERM_PROGRAM|TERM_PROGRAM_VERSION|TMUX|TMUX_PANE|end|)$/;
  expect(names.filter((name) => !theirs.test(name)).toSorted()).toEqual([
    "BASE",
    "HOME",
    "LANG",
    "OWN",
    "PATH",
  ]);
  expect(readFileSync(out, "utf8")).toContain("BASE=base\n");
});

test.each([
  ["a session id that could be read as a command", { sessionId: "x; kill-server" }],
  ["no program", { argv: [] }],
  ["a NUL in an argument", { argv: ["a\0b"] }],
  ["a variable that is none", { env: { "A B": "1" } }],
  ["a size that is none", { cols: 0 }],
])("%s is refused", async (_, wrong) => {
  const bed = tmuxTestBed();
  await bed.host.connect();

  const opening = bed.host.open(bed.spec("ap_1", "cat", wrong));

  await expect(opening).rejects.toMatchObject({ code: "invalid_input" });
  expect(await bed.host.list()).toEqual([]);
});

test("a folder that is missing or a file is refused, where tmux would start elsewhere", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const file = join(bed.folder, "file");
  writeFileSync(file, "");

  for (const cwd of [join(bed.folder, "missing"), file]) {
    await expect(bed.host.open(bed.spec("ap_1", "cat", { cwd }))).rejects.toMatchObject({
      code: "spawn_failed",
    });
  }
});

test("a program that cannot be run dies with an exit code", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();

  await bed.host.open(bed.spec("ap_1", "", { argv: ["/no/such/agent", "--flag"] }));

  const [info] = await waitFor(async () => {
    const infos = await bed.host.list();
    return infos[0]?.dead && infos;
  });
  expect(info?.exitCode).not.toBe(0);
  expect(info?.exitCode).not.toBeNull();
});

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
