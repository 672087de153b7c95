/** OpenAI Responses, as codex speaks it. */
import type { Answer, Exchange, OfferedTool, ToolCall, Wire, WireStream } from "./exchange.ts";
import { freshId, sse, tokens } from "./exchange.ts";
import { list, record, text } from "./json.ts";

export const responsesWire: Wire = { read, stream, whole };

/** Codex puts its own notes into user messages; they carry one of these marks. */
const NOTES = /^\s*<(environment_context|user_instructions|permissions|skills|turn_aborted)/;
const INSTRUCTION_NOTES = /^# AGENTS\.md instructions/;

function read(body: unknown): Exchange {
  const request = record(body);
  const userTexts: string[] = [];
  let toolResults: string[] = [];
  const tools = offered(list(request["tools"]), null);
  const items =
    typeof request["input"] === "string"
      ? [{ type: "message", role: "user", content: request["input"] }]
      : list(request["input"]);
  for (const item of items.map(record)) {
    const type = text(item["type"]) || "message";
    if (type === "additional_tools") {
      tools.push(...offered(list(item["tools"]), null));
    } else if (type.endsWith("call_output")) {
      toolResults.push(outputText(item["output"]));
    } else if (type === "message" && item["role"] === "user") {
      for (const part of parts(item["content"])) {
        if (NOTES.test(part) || INSTRUCTION_NOTES.test(part)) continue;
        userTexts.push(part);
        toolResults = [];
      }
    }
  }
  const userText = userTexts.at(-1) ?? "";
  return {
    protocol: "responses",
    purpose: purposeOf(request, tools),
    model: text(request["model"]),
    userText,
    userTexts,
    toolResults,
    tools,
    stream: request["stream"] === true,
  };
}

/** Newer models get their tools as an item of the input, in namespaces. */
function offered(tools: readonly unknown[], space: string | null): OfferedTool[] {
  return tools.map(record).flatMap((tool) => {
    const name = text(tool["name"]) || text(tool["type"]);
    return tool["type"] === "namespace" ? offered(list(tool["tools"]), name) : [{ name, space }];
  });
}

/**
 * Codex asks for the title of a conversation on the side, in a conversation of its own that holds
 * the user's whole prompt and may offer tools; the schema of the answer tells it apart.
 */
function purposeOf(
  request: Record<string, unknown>,
  tools: readonly OfferedTool[],
): Exchange["purpose"] {
  const schema = record(record(record(request["text"])["format"])["schema"]);
  if ("title" in record(schema["properties"])) return "title";
  return tools.length > 0 ? "turn" : "helper";
}

function parts(content: unknown): string[] {
  if (typeof content === "string") return [content];
  return list(content)
    .map(record)
    .filter((part) => part["type"] === "input_text")
    .map((part) => text(part["text"]));
}

function outputText(output: unknown): string {
  if (typeof output === "string") return output;
  return list(output)
    .map((part) => text(record(part)["text"]))
    .join("");
}

function stream(exchange: Exchange): WireStream {
  const responseId = freshId("resp_");
  const messageId = freshId("msg_");
  let said = "";
  const open = { id: responseId, object: "response", status: "in_progress", output: [] };
  return {
    head: () => sse("response.created", { type: "response.created", response: open }),
    text: (piece) => {
      const first = said === "";
      said += piece;
      const delta = sse("response.output_text.delta", {
        type: "response.output_text.delta",
        item_id: messageId,
        output_index: 0,
        content_index: 0,
        delta: piece,
      });
      if (!first) return delta;
      const added = sse("response.output_item.added", {
        type: "response.output_item.added",
        output_index: 0,
        item: { type: "message", role: "assistant", id: messageId, content: [] },
      });
      return added + delta;
    },
    end: (calls) => {
      const output = items(messageId, said, calls);
      const done = output.map((item, index) =>
        sse("response.output_item.done", {
          type: "response.output_item.done",
          output_index: index,
          item,
        }),
      );
      const response = completed(responseId, exchange, output);
      return done.join("") + sse("response.completed", { type: "response.completed", response });
    },
  };
}

function whole(exchange: Exchange, answer: Answer): unknown {
  return completed(freshId("resp_"), exchange, items(freshId("msg_"), answer.text, answer.calls));
}

function items(messageId: string, said: string, calls: readonly ToolCall[]): unknown[] {
  const message = {
    type: "message",
    role: "assistant",
    id: messageId,
    content: [{ type: "output_text", text: said, annotations: [] }],
  };
  return [...(said === "" ? [] : [message]), ...calls.map(callItem)];
}

/** A tool whose input is a bare text is what the API calls a custom tool. */
function callItem(call: ToolCall): unknown {
  const ids = {
    id: freshId("fc_"),
    call_id: freshId("call_"),
    name: call.tool,
    ...(call.space === null ? {} : { namespace: call.space }),
  };
  return typeof call.input === "string"
    ? { type: "custom_tool_call", status: "completed", ...ids, input: call.input }
    : {
        type: "function_call",
        status: "completed",
        ...ids,
        arguments: JSON.stringify(call.input),
      };
}

function completed(id: string, exchange: Exchange, output: unknown[]): unknown {
  const input = tokens(exchange.userTexts.join(""));
  const spent = tokens(JSON.stringify(output));
  return {
    id,
    object: "response",
    status: "completed",
    model: exchange.model,
    output,
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: spent,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + spent,
    },
  };
}
