import { startAgent } from "./observed.ts";
import { waitFor } from "./wait.ts";
import type { TestHome } from "./home.ts";

export interface RaceTally {
  races: number;
  /** The answer reached the dialog it was meant for. */
  right: number;
  /** It was refused because the dialog had changed; nothing was typed. */
  refused: number;
  /** It was given and nothing showed what became of it. */
  unconfirmed: number;
  /** It reached another dialog: by the agent's own record, with the time since that was drawn. */
  wrong: string[];
}

export function emptyRaces(): RaceTally {
  return { races: 0, right: 0, refused: 0, unconfirmed: 0, wrong: [] };
}

/**
 * One race: a dialog becomes another one in the same place, with its options in another order,
 * while it is being answered. `beforeMs` is how long before the change the answer sets off.
 */
export async function raceAnswer(
  home: TestHome,
  via: "channel" | "keys",
  changeMs: number,
  beforeMs: number,
  tally: RaceTally,
): Promise<void> {
  const agent = await startAgent(home, '!fake approve "echo first"\n!fake say {answer}', {
    answers: via === "channel" ? "approvals" : "keys",
    dialog_change_ms: String(changeMs),
    pace_ms: "1",
  });
  const prompt = await waitFor(async () => (await agent.observe()).prompts[0]);
  const drawn = agent.facts("dialog")[0];
  const meant = drawn?.["dialog"];
  const waitMs = Number(drawn?.["at"]) + changeMs - beforeMs - Date.now();
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
  const outcome = await agent.answer({ prompt_id: prompt.id, option: "Yes" }).then(
    () => "right",
    (thrown: unknown) => String((thrown as { code?: string }).code),
  );
  tally.races += 1;
  // whatever the agent was told by us, it was told by now
  await agent.observe();
  const answers = agent.facts("answer");
  const stray = answers.find((one) => one["dialog"] !== meant);
  if (stray) {
    const shown = agent.facts("dialog").find((one) => one["dialog"] === stray["dialog"]);
    const afterMs = Number(stray["at"]) - Number(shown?.["at"]);
    tally.wrong.push(
      `${String(stray["option"])} ${afterMs} ms after the change, called ${outcome}`,
    );
  } else if (outcome === "right") tally.right += 1;
  else if (outcome === "answer_unconfirmed") tally.unconfirmed += 1;
  else tally.refused += 1;
  await agent.ask("session.terminate");
}
