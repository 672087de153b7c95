import { defineOperation } from "../define.ts";
import { sessionId } from "../schemas.ts";

interface Input {
  session_id: string;
  offset: number;
  limit: number;
  tail_lines?: number;
  raw: boolean;
}

export interface Output {
  session_id: string;
  path: string;
  exists: boolean;
  mode: "page" | "tail" | "missing";
  offset: number;
  limit: number;
  tail_lines: number | null;
  next_offset: number;
  has_more: boolean;
  size_bytes: number;
  text: string;
  source: string;
}

export const transcript = defineOperation<Input, Output>()({
  name: "session.transcript",
  toolset: "default",
  summary: "Read the conversation of a session",
  about: "Paged by bytes: hand back next_offset to read on. Offsets stay valid as it grows.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      offset: z.number().int().min(0).default(0).describe("Byte to start at"),
      limit: z.number().int().min(1).max(200_000).default(4_000).describe("Bytes at most"),
      tail_lines: z.number().int().min(1).max(10_000).optional().describe("Only the last lines"),
      raw: z
        .boolean()
        .default(false)
        .describe("What the terminal showed, also where the agent keeps a log of its own"),
    }),
    output: z.looseObject({
      session_id: z.string(),
      path: z.string(),
      exists: z.boolean(),
      mode: z.string(),
      offset: z.number(),
      limit: z.number(),
      tail_lines: z.number().nullable(),
      next_offset: z.number(),
      has_more: z.boolean(),
      size_bytes: z.number(),
      text: z.string(),
      source: z.string(),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id"],
  cli: {
    command: "transcript",
    group: "Files",
    positionals: ["session_id"],
    examples: ["agentpool transcript @last --tail-lines 40"],
    render: (output, style) => {
      if (!output.exists) return style.dim("No conversation yet.");
      const more = output.has_more
        ? `\n${style.dim(`… more: agentpool transcript ${output.session_id} --offset ${output.next_offset}${output.source === "terminal" ? " --raw" : ""}`)}`
        : "";
      return output.text.replace(/\n$/, "") + more;
    },
  },
  mcp: {
    tool: "read_worker_transcript",
    title: "Read a worker's conversation",
    description: "Read a worker's conversation by byte offset, or its last lines.",
    idempotent: true,
    openWorld: false,
    omit: ["raw"],
    workerText: ["text"],
  },
  run: async (ctx, input) => {
    const session = await ctx.app.sessions.resolve(input.session_id);
    const page = await ctx.app.sessions.transcript(session, {
      offset: input.offset,
      limit: input.limit,
      tailLines: input.tail_lines ?? null,
      ...(input.raw ? { source: "terminal" as const } : {}),
    });
    return {
      session_id: session.id,
      path: page.path,
      exists: page.exists,
      mode: page.mode,
      offset: page.offset,
      limit: page.limit,
      tail_lines: page.tailLines,
      next_offset: page.nextOffset,
      has_more: page.hasMore,
      size_bytes: page.sizeBytes,
      text: page.text,
      source: page.source,
    };
  },
});
