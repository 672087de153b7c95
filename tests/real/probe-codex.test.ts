/** The mock model and the harness are right about codex, seen without agentpool. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forAgent } from "../support/real/for-agent.ts";
import type { Pane } from "../support/real/pane.ts";
import type { Stage } from "../support/real/stage.ts";
import { longPrompt, setStage } from "../support/real/stage.ts";
import { waitFor } from "../support/wait.ts";

forAgent("codex", (agent) => {
  let stage: Stage;
  let pane: Pane;

  beforeAll(async () => {
    stage = await setStage(agent);
    const { repo } = stage.user;
    pane = await stage.pane([
      agent.name,
      "--no-daemon",
      "--no-alt-screen",
      "--enable=default_mode_request_user_input",
      "--config",
      `projects={"${repo}"={trust_level="trusted"}}`,
      "--config=check_for_update_on_startup=false",
    ]);
    await pane.waitForScreen("Ask Codex to do anything");
  });

  afterAll(async () => {
    await stage.close();
  });

  async function send(text: string): Promise<void> {
    await pane.paste(text);
    await pane.waitForScreen(/› (\S.*\n)+|\[Pasted Content/);
    await pane.press("Enter");
    await stage.mock.journal.waitFor((entry) => entry.exchange.userText === text);
  }

  test("a pasted prompt of 11 kB arrives byte for byte and is answered", async () => {
    await send(longPrompt("[[say:the long prompt is here]]", { tabs: true }));
    expect(stage.mock.journal.prompts()).toHaveLength(1);
    await pane.waitForScreen("the long prompt is here");
  });

  test("a command outside the sandbox is asked for, approved and run", async () => {
    await send("[[tool:shell:echo approved > approved.txt]][[say:the command ran]]");
    await pane.waitForScreen("Would you like to run the following command?");
    await pane.press("y");
    await pane.waitForScreen(/• the command ran/);
    const file = join(stage.user.repo, "approved.txt");
    expect(await readFile(file, "utf8")).toBe("approved\n");
  });

  test("a patch inside the workspace needs no approval", async () => {
    await send("[[edit:notes.txt:first\\nsecond]][[say:the file is there]]");
    await pane.waitForScreen(/• the file is there/);
    const file = join(stage.user.repo, "notes.txt");
    expect(await readFile(file, "utf8")).toBe("first\nsecond\n");
  });

  test("a question is shown and its answer reaches the model", async () => {
    await send("[[ask:Which colour?:red|blue]][[say:thank you]]");
    await pane.waitForScreen("Question 1/1");
    await pane.press("2");
    const entry = await stage.mock.journal.waitFor((one) => one.did === "say" && results(one) > 0);
    expect(entry.exchange.toolResults.at(-1)).toContain("blue");
  });

  test("a spent subscription is shown with the time of its lift", async () => {
    await send("[[limit:3600]] spend it");
    const screen = await pane.waitForScreen("hit your usage limit");
    // with the date when that is tomorrow
    expect(screen).toMatch(/try again at (?:\w+ \d+\w*,? \d{4},? )?\d+:\d\d/);
  });

  test("after the limit it offers a cheaper model by itself", async () => {
    await pane.waitForScreen("Approaching rate limits");
    await pane.press("2");
    const screen = await pane.waitForScreen("Ask Codex to do anything");
    expect(screen).not.toContain("Approaching rate limits");
  });

  test("it leaves by /quit with code 0", async () => {
    await pane.paste("/quit");
    await pane.waitForScreen(/› \/quit/);
    await pane.press("Enter");
    expect(await waitFor(() => pane.exit())).toEqual({
      code: 0,
      signal: "",
    });
  });
});

function results(entry: {
  readonly exchange: { readonly toolResults: readonly string[] };
}): number {
  return entry.exchange.toolResults.filter((result) => result.includes("answers")).length;
}
