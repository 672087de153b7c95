// needs: tmux
import { beforeAll, describe, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../../support/built.ts";
import { cliHome, type CliHome } from "../../support/cli-home.ts";
import { person, whyNoPerson } from "../../support/person.ts";
import { skipBecause } from "../../support/skip.ts";
import { terminal } from "../../support/terminal.ts";
import { waitFor } from "../../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

/** A home with one agent in it that asks which colour. */
async function asking(): Promise<CliHome> {
  const user = cliHome();
  await user.run(["spawn", "--provider", "fake-question", "--task", "Paint", "--name", "painter"]);
  await user.run(["observe", "painter", "--wait-for", "question", "--timeout", "60"]);
  return user;
}

const attach = `'${process.execPath}' '${agentpoolBin}' attach painter`;

describe("attach inside a tmux of the person's own", () => {
  test("shows the agent's pane, takes no keys, and leaves by F12", async () => {
    const { home, json } = await asking();
    const { run, screen, type } = terminal({ columns: 100, rows: 24 });

    run(attach, { AGENTPOOL_HOME: home.root });

    await waitFor(() => screen().includes("Which color should the button have?"));
    expect(screen()).toContain("read-only");
    type("2", "Enter", "F12");
    await waitFor(() => screen().includes("status 0"));
    expect(await json(["observe", "painter"])).toMatchObject({ state: "awaiting_input" });
  });

  test("with --rw its keys reach the agent", async () => {
    const { home, json } = await asking();
    const { run, screen, type } = terminal({ columns: 100, rows: 24 });

    run(`${attach} --rw`, { AGENTPOOL_HOME: home.root });
    await waitFor(() => screen().includes("your keys reach the agent"));
    type("2");
    type("Enter");

    const seen = await json(["observe", "painter", "--wait-for", "turn", "--timeout", "60"]);
    expect(seen).toMatchObject({ outcome: "satisfied", state: "idle" });
    type("C-b", "d");
    await waitFor(() => screen().includes("status 0"));
    const { turns } = await json<{ turns: { state: string }[] }>(["session", "show", "painter"]);
    expect(turns).toMatchObject([{ state: "completed" }]);
  });
});

test(
  "attach in a plain terminal shows the agent's pane, and the agent outlives the terminal",
  skipBecause(whyNoPerson),
  async () => {
    const { home, json } = await asking();
    const env = { AGENTPOOL_HOME: home.root, TMUX: "", TERM: "xterm-256color" };

    const someone = person([process.execPath, agentpoolBin, "attach", "painter"], {
      cols: 80,
      rows: 24,
      env,
    });

    await waitFor(() => someone.screen().includes("Which color should the button have?"));
    someone.process.kill("SIGKILL");
    await someone.left;
    expect(await json(["observe", "painter"])).toMatchObject({ state: "awaiting_input" });
  },
);
