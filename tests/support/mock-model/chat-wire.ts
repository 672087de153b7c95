/** OpenAI chat completions, as opencode speaks it to an OpenAI-compatible provider. */
import type { Answer, Exchange, ToolCall, Wire, WireStream } from "./exchange.ts";
import { freshId, sse, tokens } from "./exchange.ts";
import { list, record, text } from "./json.ts";

export const chatWire: Wire = { read, stream, whole };

/** Copilot puts the time before each user text. */
const NOTE = /^<current_datetime>[^<]*<\/current_datetime>\n\n/;

function read(body: unknown): Exchange {
  const request = record(body);
  const userTexts: string[] = [];
  let toolResults: string[] = [];
  for (const message of list(request["messages"]).map(record)) {
    if (message["role"] === "tool") {
      toolResults.push(contentText(message["content"]));
    } else if (message["role"] === "user" && !isReminder(message["content"])) {
      userTexts.push(contentText(message["content"]).replace(NOTE, ""));
      toolResults = [];
    }
  }
  return {
    protocol: "chat",
    purpose: purposeOf(request),
    model: text(request["model"]),
    userText: userTexts.at(-1) ?? "",
    userTexts,
    toolResults,
    tools: list(request["tools"]).map((tool) => ({
      name: text(record(record(tool)["function"])["name"]),
      space: null,
    })),
    stream: request["stream"] === true,
  };
}

function purposeOf(request: Record<string, unknown>): Exchange["purpose"] {
  if (list(request["tools"]).length > 0) return "turn";
  const system = list(request["messages"])
    .map(record)
    .filter((message) => message["role"] === "system")
    .map((message) => contentText(message["content"]))
    .join("\n");
  return /\btitle\b/i.test(system) ? "title" : "helper";
}

/** Droid and copilot put notes into user messages of their own, behind the results of tools too. */
function isReminder(content: unknown): boolean {
  return /^\s*<(system[-_]reminder)>[^]*<\/\1>\s*$/.test(contentText(content));
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map((part) => text(record(part)["text"]))
    .join("");
}

function stream(exchange: Exchange): WireStream {
  const id = freshId("chatcmpl-");
  let said = "";
  const chunk = (delta: unknown, finish: string | null, extra = {}): string =>
    sse(null, {
      id,
      object: "chat.completion.chunk",
      created: Math.floor(Date.now() / 1000),
      model: exchange.model,
      choices: [{ index: 0, delta, finish_reason: finish }],
      ...extra,
    });
  return {
    head: () => chunk({ role: "assistant", content: "" }, null),
    text: (piece) => {
      said += piece;
      return chunk({ content: piece }, null);
    },
    end: (calls) => {
      const called = calls.length === 0 ? "" : chunk({ tool_calls: calls.map(toolCall) }, null);
      const usage = usageOf(exchange, said);
      return called + chunk({}, finish(calls), { usage }) + sse(null, "[DONE]");
    },
  };
}

function whole(exchange: Exchange, answer: Answer): unknown {
  return {
    id: freshId("chatcmpl-"),
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: exchange.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: answer.text,
          ...(answer.calls.length === 0 ? {} : { tool_calls: answer.calls.map(toolCall) }),
        },
        finish_reason: finish(answer.calls),
      },
    ],
    usage: usageOf(exchange, answer.text),
  };
}

function toolCall(call: ToolCall, index: number): unknown {
  return {
    index,
    id: freshId("call_"),
    type: "function",
    function: { name: call.tool, arguments: JSON.stringify(call.input) },
  };
}

function finish(calls: readonly ToolCall[]): string {
  return calls.length > 0 ? "tool_calls" : "stop";
}

function usageOf(exchange: Exchange, said: string): Record<string, number> {
  const prompt = tokens(exchange.userTexts.join(""));
  const completion = tokens(said);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}
