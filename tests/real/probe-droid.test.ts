/** The mock model and the harness are right about droid, seen without agentpool. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forAgent } from "../support/real/for-agent.ts";
import type { Pane } from "../support/real/pane.ts";
import type { Stage } from "../support/real/stage.ts";
import { longPrompt, setStage } from "../support/real/stage.ts";
import { waitFor } from "../support/wait.ts";

forAgent("droid", (agent) => {
  let stage: Stage;
  let pane: Pane;
  const first = longPrompt("[[say:the long prompt is here]]", { tabs: true });

  beforeAll(async () => {
    stage = await setStage(agent);
    pane = await stage.pane([agent.name, "--cwd", stage.user.repo, "--", first]);
  });

  afterAll(async () => {
    await stage.close();
  });

  const idle = /│ > +│/;

  async function send(text: string): Promise<void> {
    await pane.waitForScreen(idle);
    await pane.paste(text);
    await pane.waitForScreen(/│ > \[\[/);
    // an Enter right behind a paste is a part of it
    await pane.waitForStill(300);
    await pane.press("Enter");
    await stage.mock.journal.waitFor((entry) => entry.exchange.userText === text);
  }

  /** It loses keys in the first moments of a dialog. */
  async function choose(...keys: readonly string[]): Promise<void> {
    await pane.waitForStill(500);
    await pane.press(...keys);
  }

  test("a prompt of 11 kB on the command line arrives byte for byte", async () => {
    await pane.waitForScreen("⛬  the long prompt is here", { timeoutMs: 40_000 });
    expect(stage.mock.journal.prompts()).toEqual([first]);
  });

  test("a command is asked for, approved and run", async () => {
    await send("[[tool:shell:echo approved > approved.txt]][[say:the command ran]]");
    await pane.waitForScreen("Yes, allow");
    await choose("Enter");
    await pane.waitForScreen("⛬  the command ran");
    const file = join(stage.user.repo, "approved.txt");
    expect(await readFile(file, "utf8")).toBe("approved\n");
  });

  test("Escape refuses a file, and the turn is over", async () => {
    await send("[[edit:notes.txt:first\\nsecond]][[say:the file is there]]");
    await pane.waitForScreen("Create notes.txt: (+2 added)");
    await choose("Escape");
    await pane.waitForScreen(idle);
    expect(existsSync(join(stage.user.repo, "notes.txt"))).toBe(false);
  });

  test("a question is shown and its answer reaches the model", async () => {
    await send("[[ask:Which colour?:red|blue]][[say:thank you]]");
    await pane.waitForScreen("ESC stop agent");
    await choose("2");
    const entry = await stage.mock.journal.waitFor((one) =>
      one.exchange.toolResults.some((result) => result.includes("Which colour?")),
    );
    expect(entry.exchange.toolResults.at(-1)).toContain("[answer] blue");
  });

  test("it leaves by two Ctrl-C with code 0", async () => {
    await pane.waitForScreen("⛬  thank you");
    await pane.waitForScreen(idle);
    await pane.press("C-c");
    await pane.waitForScreen("Press Ctrl+C again to exit");
    await pane.press("C-c");
    expect(await waitFor(() => pane.exit())).toEqual({
      code: 0,
      signal: "",
    });
  });
});
