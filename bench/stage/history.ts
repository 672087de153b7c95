import { openStore } from "../../src/store/open.ts";
import { decide, makeEvent, makeSnapshot, makeTurn } from "../../tests/support/records.ts";
import { makeSession } from "../../tests/support/session.ts";

export interface HistorySize {
  readonly sessions: number;
  readonly events: number;
  readonly snapshots: number;
}

const hourMs = 3_600_000;
const spanMs = 28 * 24 * hourMs;
const turnsPerSession = 4;
const providers = ["codex-cli", "claude-code", "opencode", "fake"] as const;
const models = ["gpt-6-sol", "claude-sonnet-5-5", "proxy/model", null] as const;

/**
 * Fills a store as four weeks of work would: ended sessions of four providers, overlapping, with
 * turns, tokens, events, and what was told of quotas.
 */
export async function writeHistory(file: string, size: HistorySize, now: number): Promise<void> {
  const store = await openStore({ file, mode: "write", now });
  const began = now - spanMs;
  const step = Math.floor((spanMs - 4 * hourMs) / size.sessions);
  const eventsPerSession = Math.floor(size.events / size.sessions);
  const batch = 50;
  for (let first = 0; first < size.sessions; first += batch) {
    const ids = Array.from(
      { length: Math.min(batch, size.sessions - first) },
      (_, at) => first + at,
    );
    await store.commit(
      decide({
        writes: ids.flatMap((n) => writesOf(n, began + n * step)),
        events: ids.flatMap((n) =>
          Array.from({ length: eventsPerSession }, (_, at) =>
            makeEvent({
              sessionId: sessionIdOf(n),
              at: began + n * step + at * 60_000,
              body: { type: "tool_started", name: "shell", detail: "npm test -- --run" },
            }),
          ),
        ),
      }),
    );
  }
  for (let first = 0; first < size.snapshots; first += 200) {
    const numbers = Array.from(
      { length: Math.min(200, size.snapshots - first) },
      (_, at) => first + at,
    );
    await store.commit(
      decide({
        writes: numbers.map((n) => {
          const at = began + Math.floor((n * spanMs) / size.snapshots);
          const provider = providers[n % 2] ?? "fake";
          return {
            noun: "usage" as const,
            insert: makeSnapshot({
              id: `us_${n}`,
              accountId: `${provider}:/home/me`,
              providerId: provider,
              source: "session",
              at,
            }),
          };
        }),
      }),
    );
  }
  await store.close();
}

type Writes = NonNullable<Parameters<typeof decide>[0]["writes"]>;

function writesOf(n: number, at: number): Writes {
  const sessionId = sessionIdOf(n);
  const providerId = providers[n % providers.length] ?? "fake";
  const model = models[n % models.length] ?? null;
  const session = makeSession({
    id: sessionId,
    idempotencyKey: null,
    providerId,
    accountId: `${providerId}:/home/me`,
    state: "completed",
    createdAt: at,
    updatedAt: at + 3 * hourMs,
    endedAt: at + 3 * hourMs,
    task: "Read the code and say what it does. ".repeat(20),
  });
  const turns = Array.from({ length: turnsPerSession }, (_, turn) => {
    const count = { input: 12_000 + n, output: 800, cached: 9_000, cacheWritten: 500 };
    const startedAt = at + turn * 40 * 60_000;
    return makeTurn({
      id: `tn_${n}_${turn}`,
      sessionId,
      n: turn + 1,
      state: n % 50 === 0 ? "limited" : "completed",
      createdAt: startedAt,
      startedAt,
      endedAt: startedAt + 25 * 60_000,
      result: "It does what its tests say. ".repeat(40),
      tokens: { ...count, ...(model === null ? {} : { models: { [model]: count } }) },
    });
  });
  return [
    { noun: "session", insert: session },
    ...turns.map((insert) => ({ noun: "turn" as const, insert })),
  ];
}

function sessionIdOf(n: number): string {
  return `ap_${n.toString(16).padStart(12, "0")}`;
}
