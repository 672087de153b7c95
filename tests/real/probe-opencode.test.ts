/** The mock model and the harness are right about opencode, seen without agentpool. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forAgent } from "../support/real/for-agent.ts";
import type { Pane } from "../support/real/pane.ts";
import type { Stage } from "../support/real/stage.ts";
import { longPrompt, setStage } from "../support/real/stage.ts";
import { waitFor } from "../support/wait.ts";

forAgent("opencode", (agent) => {
  let stage: Stage;
  let pane: Pane;
  const first = longPrompt("[[say:the long prompt is here]]", { tabs: true });

  beforeAll(async () => {
    stage = await setStage(agent);
    pane = await stage.pane([agent.name, stage.user.repo, `--prompt=${first}`]);
    await stage.mock.journal.waitFor(() => true, { timeoutMs: 55_000, what: "first request" });
  });

  afterAll(async () => {
    await stage.close();
  });

  async function send(text: string): Promise<void> {
    await pane.paste(text);
    await pane.waitForScreen(/┃ {2}\[\[[^\n]*\n[^\n]*\n[^\n]*Build · /);
    await pane.press("Enter");
    await stage.mock.journal.waitFor((entry) => entry.exchange.userText === text);
  }

  test("a prompt of 11 kB on the command line arrives byte for byte", async () => {
    expect(stage.mock.journal.prompts()).toEqual([first]);
    await pane.waitForScreen(/the long prompt is here\n[\s\S]*▣ .* · \d/);
  });

  test("a command is asked for, approved and run", async () => {
    await send("[[tool:shell:echo approved > approved.txt]][[say:the command ran]]");
    await pane.waitForScreen("Permission required");
    await pane.press("Enter");
    await pane.waitForScreen(/^ +the command ran/m);
    const file = join(stage.user.repo, "approved.txt");
    expect(await readFile(file, "utf8")).toBe("approved\n");
  });

  test("a new file is asked for, approved and written", async () => {
    await send("[[edit:notes.txt:first\\nsecond]][[say:the file is there]]");
    await pane.waitForScreen(/Permission required[\s\S]*Edit notes.txt/);
    await pane.press("Enter");
    await pane.waitForScreen(/^ +the file is there/m);
    expect(await readFile(join(stage.user.repo, "notes.txt"), "utf8")).toBe("first\nsecond");
  });

  test("a question is shown and its answer reaches the model", async () => {
    await send("[[ask:Which colour?:red|blue]][[say:thank you]]");
    await pane.waitForScreen("Type your own answer");
    await pane.press("2");
    const entry = await stage.mock.journal.waitFor((one) =>
      one.exchange.toolResults.some((result) => result.includes("Which colour?")),
    );
    expect(entry.exchange.toolResults.at(-1)).toContain('"Which colour?"="blue"');
  });

  test("a limit is shown with the time until its lift", async () => {
    await pane.waitForScreen(/^ +thank you/m);
    await send("[[limit:3600]] spend it");
    const screen = await pane.waitForScreen(/Usage limit reached.*retrying in/);
    expect(screen).toMatch(/retrying in (59m|1h)/);
  });

  test("it leaves by C-c with code 0", async () => {
    await pane.press("C-c");
    expect(await waitFor(() => pane.exit())).toEqual({
      code: 0,
      signal: "",
    });
  });
});
