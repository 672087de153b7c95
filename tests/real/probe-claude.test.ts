/** The mock model and the harness are right about claude, seen without agentpool. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forAgent } from "../support/real/for-agent.ts";
import type { Pane } from "../support/real/pane.ts";
import type { Stage } from "../support/real/stage.ts";
import { longPrompt, setStage } from "../support/real/stage.ts";
import { waitFor } from "../support/wait.ts";

forAgent("claude", (agent) => {
  let stage: Stage;
  let pane: Pane;
  const first = longPrompt("[[say:the long prompt is here]]", { tabs: true });

  beforeAll(async () => {
    stage = await setStage(agent);
    pane = await stage.pane([agent.name, "--permission-mode=manual", "--", first], {
      CLAUDE_CODE_SANDBOXED: "1",
    });
  });

  afterAll(async () => {
    await stage.close();
  });

  async function send(text: string): Promise<void> {
    await pane.paste(text);
    await pane.waitForScreen(/❯\s\[\[/);
    await pane.press("Enter");
    await stage.mock.journal.waitFor((entry) => entry.exchange.userText === text);
  }

  /** claude ignores digits and Enter for the first 0.2 s of a dialog. */
  async function choose(key: string): Promise<void> {
    await pane.waitForStill(500);
    await pane.press(key);
  }

  test("a prompt of 11 kB on the command line arrives byte for byte", async () => {
    await pane.waitForScreen("● the long prompt is here");
    expect(stage.mock.journal.prompts()).toEqual([first]);
  });

  test("a command is asked for, approved and run", async () => {
    await send("[[tool:shell:echo approved > approved.txt]][[say:the command ran]]");
    await pane.waitForScreen("Do you want to proceed?");
    await choose("1");
    await pane.waitForScreen("● the command ran");
    const file = join(stage.user.repo, "approved.txt");
    expect(await readFile(file, "utf8")).toBe("approved\n");
  });

  test("a new file is asked for, approved and written", async () => {
    const file = join(stage.user.repo, "notes.txt");
    await send(`[[edit:${file}:first\\nsecond]][[say:the file is there]]`);
    await pane.waitForScreen("Do you want to create notes.txt?");
    await choose("1");
    await pane.waitForScreen("● the file is there");
    expect(await readFile(file, "utf8")).toBe("first\nsecond");
  });

  test("a question is shown and its answer reaches the model", async () => {
    await send("[[ask:Which colour?:red|blue]][[say:thank you]]");
    await pane.waitForScreen("Enter to select");
    await choose("2");
    const entry = await stage.mock.journal.waitFor((one) =>
      one.exchange.toolResults.some((result) => result.includes("Which colour?")),
    );
    expect(entry.exchange.toolResults.at(-1)).toContain('"Which colour?"="blue"');
  });

  test("a spent subscription is shown with the time of its lift", async () => {
    await pane.waitForScreen("● thank you");
    await send("[[limit:3600]] spend it");
    const screen = await pane.waitForScreen("hit your 5-hour limit");
    expect(screen).toMatch(/resets \d+(:\d\d)?[ap]m/);
  });

  test("it leaves by /exit with code 0", async () => {
    await pane.paste("/exit");
    await pane.waitForScreen(/❯\s\/exit/);
    await pane.press("Enter");
    expect(await waitFor(() => pane.exit())).toEqual({
      code: 0,
      signal: "",
    });
  });
});
