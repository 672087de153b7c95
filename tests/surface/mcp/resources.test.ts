import { describe, expect, test } from "vitest";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import type { EventJson } from "../../../src/operations/projection.ts";
import type { Caller } from "../../../src/rpc/wire.ts";
import { waitFor } from "../../support/wait.ts";
import { callerDouble, type Asked } from "./support/caller-double.ts";
import { eras, greet, startHost } from "./support/host.ts";

const id = "ap_123456789abc";
const at = (path: string): string => `agentpool://${path}`;

interface Polled {
  readonly cursor: number;
  readonly events: readonly object[];
}

const answers = {
  "session.show": ({ request }: Asked) => {
    if (request.input["session_id"] !== id) throw new AgentpoolError("session_not_found", "none");
    return {
      session: {
        id,
        state: "idle",
        task: "t",
        because: "b",
        transcript_path: "/t",
        events_path: "/e",
      },
    };
  },
  "session.artifacts": () => ({ session_id: id, artifact_dir: "/a", files: [] }),
  "session.transcript": () => ({ text: `${"x".repeat(9_000)}the end` }),
  // two pages, then the present
  "session.poll": ({ request }: Asked): Polled => {
    const since = request.input["since"] as number | undefined;
    if (since === undefined) return { cursor: 9, events: [] };
    if (since === 0) return { cursor: 4, events: [{ seq: 4, type: "turn_started" }] };
    return { cursor: 9, events: [{ seq: 9, type: "turn_completed" }] };
  },
  "session.list": () => ({ sessions: [{ id: "ap_aa" }, { id: "ap_ab" }, { id: "ap_b" }] }),
  "provider.inventory": () => ({
    providers: [
      { id: "fake", installed: true },
      { id: "absent", installed: false },
      { id: "other", installed: true },
    ],
  }),
};

describe.each(eras)("in the %s era", (era) => {
  test("what is known of a session is read under addresses that the templates name", async () => {
    const host = startHost({ caller: callerDouble(answers) });
    const { ask } = await greet(host, era);
    const { result } = await ask("resources/templates/list");
    const read = async (path: string) =>
      (await ask("resources/read", { uri: at(path) })).result.contents[0];

    expect(result.resourceTemplates.map((one: { uriTemplate: string }) => one.uriTemplate)).toEqual(
      [
        at("artifacts/{session_id}"),
        at("sessions/{session_id}"),
        at("sessions/{session_id}/events"),
        at("sessions/{session_id}/transcript"),
      ],
    );
    const shown = await read(`sessions/${id}`);
    expect(shown.mimeType).toBe("application/json");
    expect(JSON.parse(shown.text).session.because).toMatch(/^BEGIN_UNTRUSTED_\w+\nb\nEND_/);
    expect(JSON.parse((await read(`artifacts/${id}`)).text)).toMatchObject({ artifact_dir: "/a" });
    const transcript: string = (await read(`sessions/${id}/transcript`)).text;
    expect(transcript).toMatch(/^BEGIN_UNTRUSTED_\w+\nx+the end\nEND_UNTRUSTED_\w+$/);
    expect(transcript.split("\n")[1]).toHaveLength(8_000);
    expect((await read(`sessions/${id}/events`)).text).toMatch(
      /^BEGIN_\w+\n{"seq":4,.*}\n{"seq":9,.*}\nEND_\w+$/,
    );
  });

  test("an address of nothing is said to be none", async () => {
    const host = startHost({ caller: callerDouble(answers) });
    const { ask } = await greet(host, era);
    for (const path of ["sessions/ap_none", "sessions", `sessions/${id}/diff`, "sessions/%zz"]) {
      const { error } = await ask("resources/read", { uri: at(path) });
      expect(error?.code, path).toBe(-32_602);
    }
  });

  test("under lockdown an address says that there is text, and where it lies", async () => {
    const host = startHost({ caller: callerDouble(answers), flags: { lockdown: true } });
    const { ask } = await greet(host, era);
    for (const [kind, path] of [
      ["transcript", "/t"],
      ["events", "/e"],
    ]) {
      const { result } = await ask("resources/read", { uri: at(`sessions/${id}/${kind}`) });
      expect(JSON.parse(result.contents[0].text)).toEqual({
        blocked: true,
        reason: "lockdown",
        kind,
        path,
      });
    }
  });

  test("ids and providers are completed, also the last one of several", async () => {
    const host = startHost({ caller: callerDouble(answers) });
    const { ask } = await greet(host, era);
    const complete = async (ref: object, name: string, value: string): Promise<string[]> =>
      (await ask("completion/complete", { ref, argument: { name, value } })).result.completion
        .values;
    const session = { type: "ref/resource", uri: at("sessions/{session_id}") };
    const review = { type: "ref/prompt", name: "agentpool_fan_out_review" };

    expect(await complete(session, "session_id", "ap_a")).toEqual(["ap_aa", "ap_ab"]);
    expect(await complete(review, "provider_ids", "fake,o")).toEqual(["fake,other"]);
    expect(await complete(review, "provider_ids", "")).toEqual(["fake", "other"]);
    expect(await complete(review, "repo_path", "/")).toEqual([]);
  });

  test("who subscribed hears of changes of that session, and of no other", async () => {
    const events = eventsByHand();
    const host = startHost({ caller: callerDouble(answers, events.follow) });
    const { ask, shaped } = await greet(host, era);
    const uri = at(`sessions/${id}`);
    const updates = () =>
      host.replies.filter((one) => one.method === "notifications/resources/updated");
    if (era === "legacy") await ask("resources/subscribe", { uri });
    else {
      const params = shaped({ notifications: { resourceSubscriptions: [uri] } }) ?? {};
      host.send({ id: "listen", method: "subscriptions/listen", params });
    }
    await waitFor(() => events.followers === 1);

    events.happen({ seq: 1, session_id: "ap_other", type: "session_state_changed" });
    events.happen({ seq: 2, session_id: id, type: "tool_started" });
    events.happen({ seq: 3, session_id: id, type: "session_state_changed" });
    await waitFor(() => updates().length > 0);
    expect(updates().map((one) => one.params?.["uri"])).toEqual([uri]);

    if (era === "legacy") await ask("resources/unsubscribe", { uri });
    else {
      const params = shaped({ requestId: "listen" }) ?? {};
      host.send({ method: "notifications/cancelled", params });
    }
    await waitFor(() => events.followers === 0);
    expect(updates()).toHaveLength(1);
  });

  test("prompts are listed, filled in, and say what they lack", async () => {
    const host = startHost();
    const { ask } = await greet(host, era);
    const { result } = await ask("prompts/list");
    const names = result.prompts.map((one: { name: string }) => one.name);
    expect(names).toEqual(names.toSorted());
    expect(names).toContain("agentpool_quickstart");
    expect(names).toContain("agentpool_delegate_read_only");
    expect(names.length).toBeGreaterThanOrEqual(6);
    for (const prompt of result.prompts) {
      const given = Object.fromEntries(
        prompt.arguments.map(({ name }: { name: string }) => [name, `the ${name}`]),
      );
      const filled = await ask("prompts/get", { name: prompt.name, arguments: given });
      const { text } = filled.result.messages[0].content;
      for (const value of Object.values(given)) expect(text).toContain(value);
      expect(text).not.toContain("undefined");
    }
    const args = { provider_id: "fake", repo_path: "/r" };
    const lacking = await ask("prompts/get", {
      name: "agentpool_delegate_read_only",
      arguments: args,
    });
    expect(lacking.error).toMatchObject({
      code: -32_602,
      message: "Prompt agentpool_delegate_read_only needs task",
    });
    const unknown = await ask("prompts/get", { name: "agentpool_quickstar" });
    expect(unknown.error?.message).toContain("did you mean agentpool_quickstart?");
  });

  test("without the default tools there are no resources and prompts", async () => {
    const host = startHost({ flags: { toolsets: ["worktrees"] } });
    const { ask } = await greet(host, era);
    for (const method of ["resources/list", "resources/templates/list", "prompts/list"]) {
      expect((await ask(method)).error?.code, method).toBe(-32_601);
    }
  });
});

/** Events that a test lets happen. */
function eventsByHand() {
  const wakes = new Set<() => void>();
  const all: EventJson[] = [];
  const control = {
    followers: 0,
    happen: (event: object): void => {
      all.push(event as EventJson);
      for (const wake of wakes) wake();
    },
    follow: async function* (_, signal) {
      control.followers += 1;
      let wake: () => void = () => undefined;
      const call = (): void => wake();
      wakes.add(call);
      signal.addEventListener("abort", call);
      let next = all.length;
      while (!signal.aborted) {
        while (next < all.length) yield all[next++] as EventJson;
        await new Promise<void>((resolve) => (wake = resolve));
      }
      control.followers -= 1;
    } as Caller["events"],
  };
  return control;
}
