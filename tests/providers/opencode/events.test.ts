import { describe, expect, test } from "vitest";
import { take } from "../../../providers/opencode/events.ts";
import { fieldsOf } from "../../../providers/opencode/fields.ts";
import { blank, type Memory } from "../../../providers/opencode/memory.ts";
import { Play } from "../../support/session.ts";
import { claimsOf, eventsOf, marker, recorded, tell, transcriptFile } from "./recordings.ts";

describe("what the agent's events claim", () => {
  test.each(recorded)("%s", async (name) => {
    const text = tell(eventsOf(name)).lines.map((line) => `${JSON.stringify(line)}\n`);
    await expect(text.join("")).toMatchFileSnapshot(transcriptFile(name));
  });
});

/** When the records were made. */
const recordedAt = 1_795_262_800_000;

/** Plays the claims of a record, and gives the states the session went through. */
function play(name: string): { readonly play: Play; readonly states: string[] } {
  const stage = new Play({ channels: ["api"] });
  stage.now = recordedAt;
  const states: string[] = [];
  for (const claim of claimsOf(name)) {
    stage.now += 20;
    stage.say("api", claim);
    if (states.at(-1) !== stage.state) states.push(stage.state);
  }
  return { play: stage, states };
}

describe("the events alone lead to the right states", () => {
  const asked = ["starting", "running", "awaiting_approval", "running", "idle"];
  const questioned = ["starting", "running", "awaiting_input", "running", "idle"];

  test.each([
    ["completed", ["starting", "running", "idle"], "completed", "hello there"],
    ["approved", asked, "completed", "it ran"],
    ["answered-in-pane", asked, "completed", "in the pane"],
    ["refused", asked, "interrupted", null],
    ["refused-with-words", asked, "completed", "went on"],
    ["edited", asked, "completed", "written"],
    ["always", asked, "interrupted", null],
    ["question", questioned, "completed", "thanks"],
    ["two-questions", questioned, "completed", "ordered"],
    ["dismissed", questioned, "interrupted", null],
    [
      "interrupted",
      ["starting", "running", "idle"],
      "interrupted",
      "word1 word2 word3 word4 word5 word6 ",
    ],
    ["unauthorised", ["starting", "running", "idle"], "failed", null],
    ["unknown-model", ["starting", "running", "idle"], "failed", null],
    ["retried", ["starting", "running", "idle"], "completed", "recovered"],
    ["too-often", ["starting", "running", "idle"], "limited", null],
    ["lifted", ["starting", "running", "idle"], "completed", "lifted"],
    ["limited", ["starting", "running", "limited"], "interrupted", null],
    ["sub-agent", asked, "completed", "main done"],
    ["left-behind", asked, "interrupted", null],
  ] as const)("%s", (name, states, outcome, result) => {
    const seen = play(name);

    expect(seen.states).toEqual(states);
    expect(seen.play.turnStates()).toEqual([outcome]);
    expect(seen.play.view.turns[0]?.result).toBe(result);
    expect(seen.play.view.prompts).toEqual([]);
  });

  test("errors are in the agent's own words", () => {
    const error = (name: string): string | null | undefined => play(name).play.view.turns[0]?.error;
    expect(error("unauthorised")).toBe("Mock refusal 401 (HTTP 401)");
    expect(error("too-often")).toBe("Mock refusal 429 (HTTP 429)");
    expect(error("unknown-model")).toBe("Model not found: proxy/none.");
    expect(error("refused")).toBe("The user rejected permission to use this specific tool call.");
  });

  test("a limit has the time of its reset, and quick attempts are no limit", () => {
    expect(play("limited").play.view.session.limit?.value.resetsAt).toBe(1_795_266_507_368);
    for (const name of ["retried", "too-often", "lifted"]) {
      expect(claimsOf(name).map(({ kind }) => kind)).not.toContain("limit_hit");
    }
  });

  test("texts that were queued together are taken together, each as a turn of its own", () => {
    const seen = play("queued").play;
    expect(seen.view.turns.map(({ prompt, state, result }) => [prompt, state, result])).toEqual([
      ["[[slow:3]] [[say:x]] run", "completed", expect.stringMatching(/^word1 .* word12$/)],
      ["[[say:q one]] queued one", "completed", null],
      ["[[say:q two]] queued two", "completed", "q two"],
    ]);
  });

  test("a queued text that an interrupt left unanswered is taken with the next one", () => {
    const seen = play("dropped").play;
    expect(seen.view.turns.map(({ prompt, state }) => [prompt, state])).toEqual([
      ["[[slow:20]] run", "interrupted"],
      ["[[say:dropped]] dropped", "completed"],
      ["[[say:after]] after the dropped one", "completed"],
    ]);
  });

  test("tokens of all steps of a turn are counted", () => {
    const tokens = { input: 46, output: 2, cached: 0, cacheWritten: 0 };
    expect(play("approved").play.view.turns[0]?.tokens).toEqual({
      ...tokens,
      models: { "proxy/model": tokens },
    });
  });
});

describe("whose events count", () => {
  const ours = "ses_e01fe8f76ffeOam7cJVSPmlU2J";
  const created = (info: object): Record<string, unknown> => ({
    type: "session.created",
    properties: { info },
  });
  const around = { now: 0, marker };

  test("what a person does in another conversation is no turn of ours", () => {
    expect(claimsOf("another-conversation")).toEqual([
      { kind: "agent_identified", agentSessionId: ours },
    ]);
  });

  test("a command that a person ran in the agent's shell mode is no prompt", () => {
    expect(claimsOf("shell").map(({ kind }) => kind)).toEqual(["agent_identified", "busy", "idle"]);
  });

  test("the busy and idle of a sub-agent are not ours", () => {
    const levels = claimsOf("sub-agent").filter(({ kind }) => kind === "busy" || kind === "idle");
    expect(levels.map(({ kind }) => kind)).toEqual(["busy", "idle"]);
  });

  test("the first conversation of a person is ours, unless one was made for us", () => {
    const first = take(blank, created({ id: "ses_person" }), around);
    expect(first.memory.conversation).toBe("ses_person");
    const second = take(first.memory, created({ id: "ses_other" }), around);
    expect(second.memory.conversation).toBe("ses_person");
    const made = take(
      second.memory,
      created({ id: "ses_made", metadata: { agentpool: marker } }),
      around,
    );
    expect(made.memory.conversation).toBe("ses_made");
    expect(take(blank, created({ id: "ses_sub", parentID: "ses_x" }), around).memory).toBe(blank);
  });

  test("an old conversation that a person opens first is ours from its next prompt on", () => {
    const event = {
      type: "message.updated",
      properties: {
        sessionID: "ses_old",
        info: { id: "msg_1", sessionID: "ses_old", role: "user" },
      },
    };
    expect(take(blank, event, around).claims).toEqual([
      { kind: "agent_identified", agentSessionId: "ses_old" },
    ]);
  });
});

describe("told again", () => {
  const again = recorded.filter((name) => !["dropped", "another-conversation"].includes(name));

  test.each(again)("the whole of %s begins nothing new", (name) => {
    const events = eventsOf(name);
    const { memory } = tell(events);
    const twice = tell(events, memory).lines.flatMap(({ claims }) => claims);
    const begun = ["prompt_taken", "prompt_queued", "turn_ended", "message", "agent_identified"];
    expect(twice.filter(({ kind }) => begun.includes(kind))).toEqual([]);
  });

  test.each(recorded)("the memory after each event of %s survives being stored", (name) => {
    const stored = (memory: Memory): Memory => JSON.parse(JSON.stringify(memory)) as Memory;
    const claims = tell(eventsOf(name), blank, stored).lines.flatMap((line) => line.claims);
    const kinds = (all: readonly { kind: string }[]): string[] => all.map(({ kind }) => kind);
    expect(kinds(claims)).toEqual(kinds(claimsOf(name)));
  });

  test.each([
    null,
    5,
    [],
    {},
    { type: "message.updated" },
    { type: "message.part.updated", properties: { part: { type: "tool" } } },
    { type: "session.status", properties: { sessionID: null, status: null } },
    { type: "permission.replied", properties: {} },
    { type: "of a later version", properties: { sessionID: "ses_x" } },
  ])("an event of another shape claims nothing: %j", (event) => {
    const told = take(blank, fieldsOf(event), { now: 0, marker });
    expect(told).toEqual({ memory: blank, claims: [] });
  });
});
