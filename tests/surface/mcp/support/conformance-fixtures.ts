import {
  acceptedContent,
  createRequestStateCodec,
  inputRequired,
  McpServer,
  ResourceTemplate,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";

/** A picture of one dot, and a sound of no length. */
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
const text = (words: string) => ({ type: "text" as const, text: words });
const image = { type: "image" as const, data: png, mimeType: "image/png" };
const states = createRequestStateCodec<{ round: number }>({ key: new Uint8Array(32).fill(7) });

const name = z.object({ name: z.string() });
const askName = (message: string) => inputRequired.elicit({ message, requestedSchema: name });

/** What the conformance suite expects to find by name, on the wiring that serves our own server. */
export function fixtureServer(): McpServer {
  const server = new McpServer(
    { name: "fixtures", version: "1" },
    {
      capabilities: { tools: {}, prompts: {}, resources: {}, completions: {} },
      requestState: { verify: (state, ctx) => states.verify(state, ctx) },
    },
  );
  addTools(server);
  addAskingTools(server);
  addPrompts(server);
  addResources(server);
  return server;
}

function addTools(server: McpServer): void {
  const tool = (id: string, run: (ctx: ServerContext) => unknown): void => {
    server.registerTool(id, { description: id }, ((ctx: ServerContext) => run(ctx)) as never);
  };
  tool("test_simple_text", () => ({
    content: [text("This is a simple text response for testing.")],
  }));
  tool("test_image_content", () => ({ content: [image] }));
  tool("test_audio_content", () => ({
    content: [{ type: "audio", data: wav, mimeType: "audio/wav" }],
  }));
  tool("test_embedded_resource", () => ({
    content: [
      {
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content.",
        },
      },
    ],
  }));
  tool("test_multiple_content_types", () => ({
    content: [
      text("Multiple content types test:"),
      image,
      {
        type: "resource",
        resource: {
          uri: "test://mixed-content-resource",
          mimeType: "application/json",
          text: '{"test":"data","value":123}',
        },
      },
    ],
  }));
  tool("test_error_handling", () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
  tool("test_tool_with_progress", async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 };
      await mcpReq.notify({ method: "notifications/progress", params });
    }
    return { content: [text("done")] };
  });
  tool("test_logging_tool", () => ({ content: [text("nothing was logged")] }));
}

function addAskingTools(server: McpServer): void {
  const tool = (id: string, run: (ctx: ServerContext) => unknown): void => {
    server.registerTool(id, { description: id }, ((ctx: ServerContext) => run(ctx)) as never);
  };
  tool("test_input_required_result_elicitation", ({ mcpReq }) => {
    const given = acceptedContent(mcpReq.inputResponses, "user_name", name);
    if (given) return { content: [text(`Hello, ${given.name}!`)] };
    return inputRequired({ inputRequests: { user_name: askName("What is your name?") } });
  });
  tool("test_input_required_result_request_state", async (ctx) => {
    const state = ctx.mcpReq.requestState<{ round: number }>();
    if (state?.round === 1 && ctx.mcpReq.inputResponses) return { content: [text("state-ok")] };
    const ok = z.object({ ok: z.boolean() });
    return inputRequired({
      inputRequests: {
        confirm: inputRequired.elicit({ message: "Please confirm", requestedSchema: ok }),
      },
      requestState: await states.mint({ round: 1 }, ctx),
    });
  });
  tool("test_input_required_result_tampered_state", async (ctx) => {
    if (ctx.mcpReq.inputResponses) return { content: [text("done")] };
    return inputRequired({
      inputRequests: { user_name: askName("What is your name?") },
      requestState: await states.mint({ round: 1 }, ctx),
    });
  });
  tool("test_input_required_result_multi_round", async (ctx) => {
    const round = ctx.mcpReq.requestState<{ round: number }>()?.round ?? 0;
    if (round === 2) return { content: [text("both rounds are over")] };
    return inputRequired({
      inputRequests: { [`step${round + 1}`]: askName(`Step ${round + 1}: What is your name?`) },
      requestState: await states.mint({ round: round + 1 }, ctx),
    });
  });
}

function addPrompts(server: McpServer): void {
  const message = (content: object) => ({ messages: [{ role: "user", content }] }) as never;
  server.registerPrompt("test_simple_prompt", { description: "simple" }, () =>
    message(text("This is a simple prompt for testing.")),
  );
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "with arguments",
      argsSchema: z.object({ arg1: z.string(), arg2: z.string() }),
    },
    ({ arg1, arg2 }) => message(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "with a resource", argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) =>
      message({
        type: "resource",
        resource: { uri, mimeType: "text/plain", text: "Embedded resource content for testing." },
      }),
  );
  server.registerPrompt("test_prompt_with_image", { description: "with a picture" }, () =>
    message(image),
  );
}

function addResources(server: McpServer): void {
  const plain = { mimeType: "text/plain" };
  server.registerResource("text", "test://static-text", plain, ({ href: uri }) => ({
    contents: [{ uri, ...plain, text: "This is the content of the static text resource." }],
  }));
  const picture = { mimeType: "image/png" };
  server.registerResource("binary", "test://static-binary", picture, ({ href: uri }) => ({
    contents: [{ uri, ...picture, blob: png }],
  }));
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { mimeType: "application/json" },
    ({ href: uri }, { id }) => ({
      contents: [
        {
          uri,
          mimeType: "application/json",
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
        },
      ],
    }),
  );
}
