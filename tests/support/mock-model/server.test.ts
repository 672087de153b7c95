import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tempFolder } from "../temp-folder.ts";
import { waitFor } from "../wait.ts";
import type { Protocol } from "./exchange.ts";
import { list, record, text } from "./json.ts";
import type { MockModel } from "./server.ts";
import { startMockModel } from "./server.ts";

type Message = { readonly user: string } | { readonly result: string };

interface Heard {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
  readonly events: readonly Record<string, unknown>[];
  readonly headers: Headers;
}

interface AgentDouble {
  readonly path: string;
  readonly shell: string;
  readonly question: string;
  readonly request: (messages: readonly Message[], title: boolean) => object;
  readonly said: (events: Heard["events"]) => string;
  readonly called: (events: Heard["events"]) => readonly string[];
  readonly resetsAtS: (answer: Heard) => number;
}

/** What the three agents send and how they read the answer, as far as the tests look. */
const AGENTS: Readonly<Record<Protocol, AgentDouble>> = {
  responses: {
    path: "/v1/responses",
    shell: "exec",
    question: "request_user_input",
    request: (messages, title) => ({
      input: [
        {
          type: "additional_tools",
          tools: [
            {
              type: "namespace",
              name: "functions",
              tools: [{ name: "exec" }, { name: "request_user_input" }],
            },
          ],
        },
        ...messages.map((message) =>
          "user" in message
            ? {
                type: "message",
                role: "user",
                content: [{ type: "input_text", text: message.user }],
              }
            : { type: "custom_tool_call_output", output: message.result },
        ),
      ],
      ...(title
        ? { text: { format: { schema: { properties: { title: { type: "string" } } } } } }
        : {}),
    }),
    said: (events) =>
      events
        .filter((event) => event["type"] === "response.output_text.delta")
        .map((event) => text(event["delta"]))
        .join(""),
    called: (events) =>
      events
        .filter((event) => event["type"] === "response.output_item.done")
        .map((event) => record(event["item"]))
        .filter((item) => text(item["type"]).endsWith("tool_call") || "arguments" in item)
        .map((item) => text(item["name"])),
    resetsAtS: ({ body }) => Number(record(record(JSON.parse(body))["error"])["resets_at"]),
  },
  messages: {
    path: "/v1/messages?beta=true",
    shell: "Bash",
    question: "AskUserQuestion",
    request: (messages, title) => ({
      messages: messages.map((message) => ({
        role: "user",
        content:
          "user" in message
            ? [{ type: "text", text: message.user }]
            : [{ type: "tool_result", content: message.result }],
      })),
      ...(title
        ? { system: "Write a title." }
        : { tools: [{ name: "Bash" }, { name: "AskUserQuestion" }] }),
    }),
    said: (events) => events.map((event) => text(record(event["delta"])["text"])).join(""),
    called: (events) =>
      events
        .map((event) => record(event["content_block"]))
        .filter((block) => block["type"] === "tool_use")
        .map((block) => text(block["name"])),
    resetsAtS: ({ headers }) => Number(headers.get("anthropic-ratelimit-unified-reset")),
  },
  chat: {
    path: "/v1/chat/completions",
    shell: "bash",
    question: "question",
    request: (messages, title) => ({
      messages: [
        { role: "system", content: title ? "You are a title generator." : "You are an agent." },
        ...messages.map((message) =>
          "user" in message
            ? { role: "user", content: message.user }
            : { role: "tool", content: message.result },
        ),
      ],
      ...(title
        ? {}
        : { tools: [{ function: { name: "bash" } }, { function: { name: "question" } }] }),
    }),
    said: (events) =>
      events.map((event) => text(record(choice(event)["delta"])["content"])).join(""),
    called: (events) =>
      events
        .flatMap((event) => list(record(choice(event)["delta"])["tool_calls"]))
        .map((call) => text(record(record(call)["function"])["name"])),
    resetsAtS: ({ headers }) => Date.now() / 1000 + Number(headers.get("retry-after")),
  },
};

function choice(event: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return record(list(event["choices"])[0]);
}

let mock: MockModel;

beforeAll(async () => {
  mock = await startMockModel();
});

afterAll(async () => {
  await mock.close();
});

describe.each<Protocol>(["responses", "messages", "chat"])("%s", (protocol) => {
  const agent = AGENTS[protocol];

  test("streams the text that the prompt asks for", async () => {
    const answer = await ask(protocol, [{ user: "[[say:hello there]]" }]);
    expect(agent.said(answer.events)).toBe("hello there");
    expect(answer.contentType).toBe("text/event-stream");
  });

  test("calls the agent's own tools one after another, then ends with a text", async () => {
    const user = "[[tool:shell:echo hi]][[ask:Which?:red|blue]][[say:finished]]";
    const first = await ask(protocol, [{ user }]);
    expect(agent.called(first.events)).toEqual([agent.shell]);
    const second = await ask(protocol, [{ user }, { result: "hi" }]);
    expect(agent.called(second.events)).toEqual([agent.question]);
    const third = await ask(protocol, [{ user }, { result: "hi" }, { result: "red" }]);
    expect(agent.called(third.events)).toEqual([]);
    expect(agent.said(third.events)).toBe("finished");
  });

  test("tool results of an earlier prompt do not count for the newest", async () => {
    const answer = await ask(protocol, [
      { user: "[[run:ls]]" },
      { result: "a" },
      { user: "[[run:pwd]][[say:here]]" },
    ]);
    expect(agent.called(answer.events)).toEqual([agent.shell]);
  });

  test("a refusal holds as often as asked, then the next wish comes", async () => {
    const messages = [{ user: `[[status:500:2]][[say:better]] ${protocol}` }];
    expect((await ask(protocol, messages)).status).toBe(500);
    expect((await ask(protocol, messages)).status).toBe(500);
    expect(agent.said((await ask(protocol, messages)).events)).toBe("better");
  });

  test("a spent subscription says when it is lifted", async () => {
    const before = Math.floor(Date.now() / 1000);
    const answer = await ask(protocol, [{ user: "[[limit:3600]]" }]);
    expect(answer.status).toBe(429);
    const at = agent.resetsAtS(answer);
    expect(at).toBeGreaterThanOrEqual(before + 3599);
    expect(at).toBeLessThanOrEqual(before + 3610);
  });

  test("the request for a title gets one and is no turn", async () => {
    const turns = mock.journal.turns().length;
    const answer = await ask(protocol, [{ user: "[[say:never said]]" }], { title: true });
    expect(agent.said(answer.events)).toContain("Mock conversation");
    expect(mock.journal.turns()).toHaveLength(turns);
  });

  test("a mistyped wish is refused, so that no test passes by it", async () => {
    const answer = await ask(protocol, [{ user: "[[sya:hello]]" }]);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain("no wish called sya");
  });
});

test("the journal holds a long prompt byte for byte, in memory and on disk", async () => {
  const journalFile = join(tempFolder(), "journal.jsonl");
  const own = await startMockModel({ journalFile });
  const prompt = `[[say:ok]]\n${'tab\t ünï 🎉 \\ "quotes" $HOME\n'.repeat(400)}end `;
  try {
    await ask("chat", [{ user: prompt }], { model: own });
    expect(own.journal.prompts()).toEqual([prompt]);
  } finally {
    await own.close();
  }
  const lines = readFileSync(journalFile, "utf8").trim().split("\n");
  const [request, answer] = lines.map((line) => record(JSON.parse(line)));
  expect(record(request?.["exchange"])["userText"]).toBe(prompt);
  expect(answer).toMatchObject({ kind: "answer", status: 200, outcome: "answered" });
});

test("an agent that hangs up during an answer is recorded as such", async () => {
  const user = "[[slow:60]] hang up";
  const stop = new AbortController();
  const asking = ask("messages", [{ user }], { signal: stop.signal });
  const entry = await mock.journal.waitFor((one) => one.exchange.userText === user);
  stop.abort();
  await expect(asking).rejects.toThrow("aborted");
  await waitFor(() => entry.outcome === "aborted");
});

test("a wait for a request that never comes says what came instead", async () => {
  const waiting = mock.journal.waitFor(() => false, { timeoutMs: 20, what: "a miracle" });
  await expect(waiting).rejects.toThrow("no a miracle within 20 ms; seen:");
});

test("a slow answer takes its time and a cut one breaks off", async () => {
  const startedAt = Date.now();
  await ask("chat", [{ user: "[[slow:1]]" }]);
  expect(Date.now() - startedAt).toBeGreaterThan(900);
  await expect(ask("chat", [{ user: "[[cut]] + [[say:one two three four]]" }])).rejects.toThrow(
    "terminated",
  );
});

test("a long result has the length that was asked for and a known end", async () => {
  const answer = await ask("messages", [{ user: "[[bigresult:20000]]" }]);
  const said = AGENTS.messages.said(answer.events);
  expect(said).toHaveLength(20_000);
  expect(said.endsWith("end of result")).toBe(true);
});

test("what is no model request is answered quickly", async () => {
  expect((await fetch(`${mock.url}/npm/@scope%2fpackage`)).status).toBe(404);
  const count = await fetch(`${mock.url}/v1/messages/count_tokens`, { method: "POST", body: "{}" });
  expect(await count.json()).toEqual({ input_tokens: 1 });
});

test("droid is called by its own tools, and its notes behind results are no words of the user", async () => {
  const messages = [
    { role: "user", content: "[[tool:shell:ls]][[ask:Which?:red|blue]]" },
    { role: "tool", content: "a" },
    { role: "user", content: "<system-reminder>Go on.</system-reminder>" },
  ];
  const tools = ["Execute", "AskUser"].map((name) => ({ function: { name } }));
  const response = await fetch(`${mock.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "m", messages, tools }),
  });
  const [call] = list(record(choice(record(await response.json()))["message"])["tool_calls"]);
  const { name, arguments: input } = record(record(call)["function"]);
  expect(name).toBe("AskUser");
  expect(JSON.parse(text(input))).toEqual({
    questionnaire: "1. [question] Which?\n[topic] Choice\n[option] red\n[option] blue\n",
  });
});

async function ask(
  protocol: Protocol,
  messages: readonly Message[],
  options: {
    readonly title?: boolean;
    readonly model?: MockModel;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Heard> {
  const { path, request } = AGENTS[protocol];
  const response = await fetch((options.model ?? mock).url + path, {
    method: "POST",
    body: JSON.stringify({
      model: "m",
      stream: true,
      ...request(messages, options.title ?? false),
    }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const body = await response.text();
  const events = body
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => record(JSON.parse(line.slice("data: ".length))));
  const { status, headers } = response;
  return { status, headers, body, events, contentType: headers.get("content-type") };
}
