/** What the readers of logs count, on lines as the CLIs write them. */
import { describe, expect, test } from "vitest";
import { log as claude } from "../../providers/claude-code/log.ts";
import { log as codex } from "../../providers/codex-cli/log.ts";
import { log as copilot } from "../../providers/copilot-cli/log.ts";
import type { LogReader, TokenUsage } from "../../src/provider/definition.ts";

interface Counted {
  readonly agentTurn: string | null | undefined;
  readonly tokens: TokenUsage;
}

function count(reader: LogReader, lines: readonly object[]): Counted[] {
  let memory: unknown = null;
  return lines.flatMap((line) => {
    // as the store keeps it between two starts
    const reading = reader.read(
      JSON.stringify(line),
      JSON.parse(JSON.stringify(memory)) as unknown,
    );
    memory = reading.memory;
    return reading.claims.flatMap((claim) =>
      claim.kind === "usage" ? [{ agentTurn: claim.agentTurn, tokens: claim.tokens }] : [],
    );
  });
}

describe("claude-code", () => {
  const prompt = (promptId: string): object => ({
    type: "user",
    uuid: `u-${promptId}`,
    promptId,
    promptSource: "keyboard",
    origin: { kind: "human" },
    message: { content: "hello" },
  });
  const answer = (id: string, output: number, more: object = {}): object => ({
    type: "assistant",
    uuid: `${id}-${output}`,
    isSidechain: false,
    ...more,
    message: {
      id,
      model: "claude-sonnet-5-5",
      content: [{ type: "text", text: "hi" }],
      usage: {
        input_tokens: 10,
        output_tokens: output,
        cache_creation_input_tokens: 20,
        cache_read_input_tokens: 100,
      },
    },
  });

  test("a message that takes several lines counts once, with what its last line says", () => {
    const told = count(claude, [prompt("p1"), answer("m1", 1), answer("m1", 5), answer("m2", 7)]);

    const tokens = { input: 260, output: 12, cached: 200, cacheWritten: 40 };
    expect(told.at(-1)).toEqual({
      agentTurn: "p1",
      tokens: { ...tokens, models: { "claude-sonnet-5-5": tokens } },
    });
  });

  test("the next prompt begins at nothing, and subagents count", () => {
    const told = count(claude, [
      prompt("p1"),
      answer("m1", 5),
      prompt("p2"),
      answer("m2", 3, { isSidechain: true }),
      answer("m3", 4),
    ]);

    expect(told.at(-1)).toMatchObject({ agentTurn: "p2", tokens: { input: 260, output: 7 } });
  });
});

describe("codex-cli", () => {
  const total = (input: number, output: number): object => ({
    type: "event_msg",
    payload: {
      type: "token_count",
      info: {
        total_token_usage: { input_tokens: input, cached_input_tokens: 5, output_tokens: output },
      },
    },
  });
  const began = (turn_id: string): object => ({
    type: "event_msg",
    payload: { type: "task_started", turn_id },
  });
  const model = { type: "turn_context", payload: { model: "gpt-6-sol" } };

  test("of a thread's total a turn has what came on top, however often it is repeated", () => {
    const told = count(codex, [
      model,
      began("t1"),
      total(100, 10),
      total(100, 10),
      began("t2"),
      total(100, 10),
      total(160, 14),
    ]);

    expect(told[1]).toMatchObject({ agentTurn: "t1", tokens: { input: 100, output: 10 } });
    expect(told[2]).toMatchObject({ agentTurn: "t2", tokens: { input: 0, output: 0 } });
    expect(told.at(-1)).toMatchObject({
      agentTurn: "t2",
      tokens: { input: 60, output: 4, models: { "gpt-6-sol": { input: 60 } } },
    });
  });

  test("a log that tells a turn's own tokens is believed, and its totals are not counted besides", () => {
    const record = {
      type: "token_usage_record",
      payload: {
        turn_id: "t1",
        turn_token_usage: { input_tokens: 40, cached_input_tokens: 30, output_tokens: 3 },
      },
    };
    const told = count(codex, [model, began("t1"), record, total(900, 90)]);

    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      agentTurn: "t1",
      tokens: { input: 40, cached: 30, output: 3 },
    });
  });
});

test("copilot-cli: the calls of a turn add up, by model", () => {
  const record = (model: string, outputTokens: number): object => ({
    type: "session.usage_record",
    data: { usage: { model, inputTokens: 100, outputTokens, cacheReadTokens: 50 } },
  });
  const prompt = { type: "user.message", id: "u", data: { content: "hi", interactionId: "i1" } };

  const told = count(copilot, [
    prompt,
    record("a", 1),
    record("b", 2),
    record("a", 3),
    prompt,
    record("a", 9),
  ]);

  expect(told[2]).toMatchObject({
    agentTurn: "i1",
    tokens: {
      input: 300,
      output: 6,
      cached: 150,
      models: { a: { input: 200, output: 4 }, b: { input: 100, output: 2 } },
    },
  });
  expect(told[3]).toMatchObject({ tokens: { input: 100, output: 9 } });
});
