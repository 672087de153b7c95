import {
  AgentpoolError,
  type UsageAnswer,
  type UsageContext,
  type UsageFacts,
  type UsageWindow,
} from "../../src/provider/definition.ts";
import { decode, encode, messageAt, numberAt, textAt, type Message } from "./protobuf.ts";

const defaultHost = "server.codeium.com";
const path = "/exa.seat_management_pb.SeatManagementService/GetPlanStatus";

export const usage: UsageFacts = {
  probes: [
    {
      id: "devin-plan-status",
      does: "asks the vendor for the status of the plan, with the key in credentials.toml of the CLI",
      hosts: [defaultHost, "*.codeium.com", "*.windsurf.com", "*.devin.ai"],
      confidence: "official",
      ask,
    },
  ],
};

async function ask(ctx: UsageContext): Promise<UsageAnswer> {
  const data = ctx.env["XDG_DATA_HOME"] || `${ctx.env["HOME"] ?? ""}/.local/share`;
  const folder = ctx.folder ?? `${data}/devin`;
  const credentials =
    (await ctx.read(`${folder}/credentials.toml`)) ??
    (await ctx.read(`${data}/devin/credentials.toml`)) ??
    "";
  const key = entryIn(credentials, "windsurf_api_key");
  if (key === null) {
    throw new AgentpoolError("not_logged_in", "Nobody is signed in to Devin here", {
      hint: "devin, then sign in",
    });
  }
  const server = entryIn(credentials, "api_server_url") ?? `https://${defaultHost}`;
  const { status, body } = await ctx.request(`${server.replace(/\/+$/, "")}${path}`, {
    method: "POST",
    headers: { "content-type": "application/proto", "connect-protocol-version": "1" },
    body: encode([
      [1, key],
      [2, 1],
    ]),
  });
  if (status === 401 || status === 403) {
    throw new AgentpoolError("not_logged_in", "Devin's service refused the key of the CLI", {
      why: `It answered ${status}.`,
    });
  }
  const answer = status === 200 ? readPlanStatus(body) : { windows: [], plan: null };
  if (answer.windows.length > 0) return answer;
  throw new AgentpoolError("usage_unknown", "Devin's service tells no quota", {
    why: `It answered ${status}.`,
  });
}

/** Field 1 of the answer; its numbers as they were found out, without a public description. */
export function readPlanStatus(body: Uint8Array): UsageAnswer {
  const plan = messageAt(decode(body), 1);
  const windows = [
    ...share(plan, { name: "daily", kind: "daily", left: 14, reset: 17 }),
    ...share(plan, { name: "weekly", kind: "weekly", left: 15, reset: 18 }),
    ...overage(plan),
  ];
  return { windows, plan: textAt(messageAt(plan, 1), 2) };
}

interface Place {
  readonly name: string;
  readonly kind: "daily" | "weekly";
  /** Numbers of the fields with the percentage left and the time it begins anew. */
  readonly left: number;
  readonly reset: number;
}

function share(plan: Message, { name, kind, left, reset }: Place): UsageWindow[] {
  const remainingPercent = numberAt(plan, left);
  const resetsAtS = timeAt(plan, reset);
  // a spent window has no percentage at all: zeros are not sent
  if (remainingPercent === null && resetsAtS === null) return [];
  return [
    {
      name,
      kind,
      usedPercent: null,
      remainingPercent: remainingPercent ?? 0,
      usedUnits: null,
      remainingUnits: null,
      resetsAt: resetsAtS === null ? null : resetsAtS * 1_000,
    },
  ];
}

function overage(plan: Message): UsageWindow[] {
  const micros = numberAt(plan, 16);
  if (micros === null) return [];
  return [
    {
      name: "extra usage",
      kind: "on_demand",
      usedPercent: null,
      remainingPercent: null,
      usedUnits: null,
      remainingUnits: micros / 1_000_000,
      resetsAt: null,
    },
  ];
}

/** Seconds, as a number or as a message whose first field they are. */
function timeAt(message: Message, field: number): number | null {
  return numberAt(message, field) ?? numberAt(messageAt(message, field), 1);
}

/** `name = "value"` of a TOML file without tables. */
function entryIn(toml: string, name: string): string | null {
  const entry = new RegExp(`^\\s*${name}\\s*=\\s*(?:"([^"\\\\]*)"|'([^']*)')`, "m").exec(toml);
  const value = entry?.[1] ?? entry?.[2] ?? "";
  return value === "" ? null : value;
}
