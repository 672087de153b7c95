import { expect, test } from "vitest";
import { withoutTokens, sumCalls } from "../../src/domain/tokens.ts";
import { Play } from "../support/session.ts";

test("prompts that the agent takes into one turn of its own share its tokens", () => {
  const play = new Play();
  const usage = (input: number): Parameters<Play["say"]>[1] => ({
    kind: "usage",
    agentTurn: "a1",
    tokens: { input, output: 1, cached: 0, models: { m: { input, output: 1, cached: 0 } } },
  });

  play.say("log", { kind: "prompt_taken", text: "first", agentTurn: "a1" });
  play.say("log", usage(100));
  play.say("log", { kind: "prompt_taken", text: "second", agentTurn: "a1" });
  play.say("log", usage(250));

  expect(play.view.turns.map(({ tokens }) => tokens?.input)).toEqual([100, 150]);
  expect(play.view.turns[1]?.tokens?.models).toEqual({ m: { input: 150, output: 0, cached: 0 } });
});

test("tokens of a turn nobody knows leave those of another one as they are", () => {
  const play = new Play();
  const tokens = { input: 7, output: 1, cached: 0 };

  play.say("log", { kind: "prompt_taken", text: "first", agentTurn: "a1" });
  play.say("log", { kind: "usage", agentTurn: "a1", tokens });
  play.say("log", { kind: "usage", agentTurn: "old", tokens: { ...tokens, input: 900 } });

  expect(play.view.turns[0]?.tokens).toEqual(tokens);
});

test("sums tell the models that are known, and differences never go below nothing", () => {
  const call = { input: 10, output: 2, cached: 4 };
  const sum = sumCalls([
    { ...call, model: "m" },
    { ...call, model: null },
  ]);

  expect(sum).toEqual({ input: 20, output: 4, cached: 8, models: { m: call } });
  expect(withoutTokens(call, { input: 99, output: 1, cached: 0 })).toEqual({
    input: 0,
    output: 1,
    cached: 4,
  });
});
