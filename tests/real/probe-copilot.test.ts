/** The mock model and the harness are right about copilot, seen without agentpool. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forAgent } from "../support/real/for-agent.ts";
import type { Pane } from "../support/real/pane.ts";
import type { Stage } from "../support/real/stage.ts";
import { longPrompt, setStage } from "../support/real/stage.ts";
import { waitFor } from "../support/wait.ts";

forAgent("copilot", (agent) => {
  let stage: Stage;
  let pane: Pane;
  const id = "55555555-5555-4555-8555-555555555555";
  const first = longPrompt("[[say:the long prompt is here]]", { tabs: true });

  beforeAll(async () => {
    stage = await setStage(agent);
    pane = await stage.pane([
      agent.name,
      `--session-id=${id}`,
      "--no-auto-update",
      `--interactive=${first}`,
    ]);
    await stage.mock.journal.waitFor(() => true, { timeoutMs: 55_000, what: "first request" });
  });

  afterAll(async () => {
    await stage.close();
  });

  async function send(text: string): Promise<void> {
    await pane.waitForScreen("/ commands");
    await pane.paste(text);
    await pane.waitForScreen(/^❯ \S/m);
    await pane.press("Enter");
    await stage.mock.journal.waitFor((entry) => entry.exchange.userText === text);
  }

  test("a prompt of 11 kB on the command line arrives byte for byte", async () => {
    expect(stage.mock.journal.prompts()).toEqual([first]);
    await pane.waitForScreen(/● the long prompt is here/);
  });

  test("its log lies where the id chosen for it says", () => {
    const log = join(stage.user.home, ".copilot", "session-state", id, "events.jsonl");
    expect(existsSync(log)).toBe(true);
  });

  test("a command is asked for, approved by its digit and run", async () => {
    await send("[[tool:shell:echo approved > approved.txt]][[say:the command ran]]");
    await pane.waitForScreen("Do you want to run this command?");
    await pane.press("1");
    await pane.waitForScreen(/● the command ran/);
    const file = join(stage.user.repo, "approved.txt");
    expect(await readFile(file, "utf8")).toBe("approved\n");
  });

  test("a new file is asked for, approved and written", async () => {
    await send("[[edit:notes.txt:first\\nsecond]][[say:the file is there]]");
    await pane.waitForScreen(/Do you want to create /);
    await pane.press("1");
    await pane.waitForScreen(/● the file is there/);
    expect(await readFile(join(stage.user.repo, "notes.txt"), "utf8")).toBe("first\nsecond");
  });

  test("a question is shown and its answer reaches the model", async () => {
    await send("[[ask:Which colour?:red|blue]][[say:thank you]]");
    await pane.waitForScreen("Copilot needs information.");
    await pane.press("Down");
    await pane.waitForScreen(/^ ❯ blue/m);
    await pane.press("Enter");
    const told = await stage.mock.journal.waitFor((one) =>
      one.exchange.toolResults.some((result) => result.includes("blue")),
    );
    expect(told.exchange.toolResults).toEqual(["User responded: blue"]);
  });

  test("one Ctrl-C ends a turn, two more leave with code 0", async () => {
    await send("[[slow:30]] take your time");
    await pane.waitForScreen(/● word1 /);
    await pane.press("C-c");
    await pane.waitForScreen("Operation cancelled by user");
    await pane.waitForScreen("/ commands");
    await pane.press("C-c");
    await pane.waitForScreen("ctrl+c again to exit");
    await pane.press("C-c");
    expect(await waitFor(() => pane.exit())).toEqual({
      code: 0,
      signal: "",
    });
  });
});
