/** Anthropic Messages, as claude speaks it. */
import type { Answer, Exchange, ToolCall, Wire, WireStream } from "./exchange.ts";
import { freshId, sse, tokens } from "./exchange.ts";
import { list, record, text } from "./json.ts";

export const messagesWire: Wire = { read, stream, whole };

/** Claude puts its own notes into user messages as blocks of their own. */
const NOTES = /^(\s*<(system-reminder|local-command-|command-|task-notification)|Tool loaded\.$)/;

function read(body: unknown): Exchange {
  const request = record(body);
  const userTexts: string[] = [];
  let toolResults: string[] = [];
  for (const message of list(request["messages"]).map(record)) {
    if (message["role"] !== "user") continue;
    for (const block of blocks(message["content"])) {
      if (block["type"] === "tool_result") {
        toolResults.push(resultText(block["content"]));
      } else if (block["type"] === "text" && !NOTES.test(text(block["text"]))) {
        userTexts.push(text(block["text"]));
        toolResults = [];
      }
    }
  }
  return {
    protocol: "messages",
    purpose: purposeOf(request),
    model: text(request["model"]),
    userText: userTexts.at(-1) ?? "",
    userTexts,
    toolResults,
    tools: list(request["tools"]).map((tool) => ({
      name: text(record(tool)["name"]),
      space: null,
    })),
    stream: request["stream"] === true,
  };
}

function purposeOf(request: Record<string, unknown>): Exchange["purpose"] {
  if (list(request["tools"]).length > 0) return "turn";
  const system = blocks(request["system"])
    .map((block) => text(block["text"]))
    .join("\n");
  return /\btitle\b/i.test(system) ? "title" : "helper";
}

function blocks(content: unknown): Record<string, unknown>[] {
  return typeof content === "string"
    ? [{ type: "text", text: content }]
    : list(content).map(record);
}

function resultText(content: unknown): string {
  return blocks(content)
    .map((block) => text(block["text"]))
    .join("");
}

function stream(exchange: Exchange): WireStream {
  let said = "";
  const usage = usageOf(exchange);
  return {
    head: () =>
      event({
        type: "message_start",
        message: { ...envelope(exchange), content: [], stop_reason: null, usage },
      }),
    text: (piece) => {
      const first = said === "";
      said += piece;
      const delta = event({
        type: "content_block_delta",
        index: 0,
        delta: { type: "text_delta", text: piece },
      });
      if (!first) return delta;
      const start = event({
        type: "content_block_start",
        index: 0,
        content_block: { type: "text", text: "" },
      });
      return start + delta;
    },
    end: (calls) => {
      const textEnd = said === "" ? "" : event({ type: "content_block_stop", index: 0 });
      const offset = said === "" ? 0 : 1;
      const called = calls.map((call, index) => callEvents(call, index + offset)).join("");
      const stop = event({
        type: "message_delta",
        delta: { stop_reason: stopReason(calls), stop_sequence: null },
        usage: { output_tokens: tokens(said) + 10 * calls.length },
      });
      return textEnd + called + stop + event({ type: "message_stop" });
    },
  };
}

function event(data: { readonly type: string; readonly [key: string]: unknown }): string {
  return sse(data.type, data);
}

function callEvents(call: ToolCall, index: number): string {
  return (
    event({
      type: "content_block_start",
      index,
      content_block: { type: "tool_use", id: freshId("toolu_"), name: call.tool, input: {} },
    }) +
    event({
      type: "content_block_delta",
      index,
      delta: { type: "input_json_delta", partial_json: JSON.stringify(call.input) },
    }) +
    event({ type: "content_block_stop", index })
  );
}

function whole(exchange: Exchange, answer: Answer): unknown {
  const said = answer.text === "" ? [] : [{ type: "text", text: answer.text }];
  const called = answer.calls.map((call) => ({
    type: "tool_use",
    id: freshId("toolu_"),
    name: call.tool,
    input: call.input,
  }));
  return {
    ...envelope(exchange),
    content: [...said, ...called],
    stop_reason: stopReason(answer.calls),
    usage: { ...usageOf(exchange), output_tokens: tokens(answer.text) },
  };
}

function envelope(exchange: Exchange): Record<string, unknown> {
  return {
    id: freshId("msg_"),
    type: "message",
    role: "assistant",
    model: exchange.model,
    stop_sequence: null,
  };
}

function stopReason(calls: readonly ToolCall[]): string {
  return calls.length > 0 ? "tool_use" : "end_turn";
}

function usageOf(exchange: Exchange): Record<string, number> {
  return {
    input_tokens: tokens(exchange.userTexts.join("")),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 1,
  };
}
