import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fake from "../../../providers/fake/provider.ts";
import type { Claim } from "../../../src/provider/definition.ts";
import type { FakePane } from "./pane.ts";

/** What was captured from the agent lies beside its definition. */
export const providerFolder = join(import.meta.dirname, "../../../providers/fake");

/** A captured screen: its first line says version, size and date, the rest is the screen. */
export function screenRecord(pane: FakePane, path: string, size: string): string {
  const kept = existsSync(path)
    ? / (\d{4}-\d\d-\d\d)$/m.exec(readFileSync(path, "utf8"))?.[1]
    : undefined;
  const date = kept ?? new Date().toISOString().slice(0, 10);
  return `fake 1.0.0, ${size}, ${date}\n${stable(pane, pane.screen("-e"))}\n`;
}

/**
 * What the agent told through its channels, with what the readers made of it. Notices that a
 * dialog is open come beside the hook that may answer it, in no order, and claim nothing.
 */
export function channelRecord(pane: FakePane): string {
  const hooks = pane.hooks().filter((call) => call.event !== "Notification");
  const told = [
    ...hooks.map(({ event, payload }) => ({
      channel: "hook",
      event,
      payload,
      claims: fake.hooks?.read(event, payload, null).claims,
    })),
    ...pane.log().map((line) => ({
      channel: "log",
      line,
      claims: fake.log?.read(JSON.stringify(line), null).claims,
    })),
  ];
  return `${told.map((entry) => stable(pane, JSON.stringify(entry))).join("\n")}\n`;
}

/** Claims of one channel of a stored record. */
export function storedClaims(name: string, channel: "hook" | "log"): Claim[] {
  return readFileSync(join(providerFolder, "transcripts", `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { channel: string; claims: Claim[] })
    .filter((entry) => entry.channel === channel)
    .flatMap((entry) => entry.claims);
}

/** Without what differs from run to run. */
function stable(pane: FakePane, text: string): string {
  return text
    .replaceAll(pane.workPath, "/repo")
    .replaceAll(join(pane.places.folder, "conversations"), "/session")
    .replaceAll(pane.places.folder, "/session")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2030-01-01T00:00:00.000Z")
    .replaceAll(/"resetsAt":\d+/g, '"resetsAt":1893456000000')
    .replaceAll(/"pid":\d+/g, '"pid":4711')
    .replaceAll(/(?<=\(|for )\d+s/g, "0s")
    .replaceAll(/^[\u2800-\u28ff](?= \w+…)/gm, "⠋");
}
