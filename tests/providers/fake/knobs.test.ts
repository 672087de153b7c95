import { existsSync } from "node:fs";
import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { knobs, readKnobs } from "../../../providers/fake/knobs.mjs";
import fake from "../../../providers/fake/provider.ts";
import type { AgentpoolError } from "../../../src/provider/definition.ts";
import { launchRequest } from "./pane.ts";

describe("options of the scripted agent", () => {
  test.each(Object.entries(knobs))(
    "%s has a default that it accepts, and a meaning",
    (name, knob) => {
      expect(readKnobs({ [name]: knob.default })).toEqual(readKnobs({}));
      expect(knob.about).toMatch(/^\S.{5,}/);
    },
  );

  test("names may be written with dashes", () => {
    expect(readKnobs({ "swallow-enters": "2", persona: "multi-turn" })).toMatchObject({
      swallow_enters: { first: 2 },
      persona: "multi_turn",
    });
  });

  test("a persona sets options of its own, and what is given wins", () => {
    expect(readKnobs({ persona: "stubborn" })).toMatchObject({ ignore_signals: ["TERM", "HUP"] });
    expect(readKnobs({ persona: "stubborn", ignore_signals: "TERM" })).toMatchObject({
      ignore_signals: ["TERM"],
    });
  });

  test.each([
    [
      { swalow_enters: "1" },
      'option "swalow_enters"',
      'Did you mean "swallow_enters"? It knows persona,',
    ],
    [{ persona: "aproval" }, 'persona "aproval"', 'Did you mean "approval"?'],
    [{ title: "yes" }, 'title "yes"', "It knows on, off."],
    [{ seed: "-1" }, 'seed cannot be "-1"', "It takes a whole number."],
    [{ swallow_enters: "x%" }, 'swallow_enters cannot be "x%"', "N, or a chance, P%."],
    [
      { pace_ms: "9..1" },
      'pace_ms cannot be "9..1"',
      "It takes milliseconds, a range A..B, or off.",
    ],
    [{ record: "here" }, 'record cannot be "here"', "It takes an absolute path."],
    [{ hook_fault: "Stop:slow" }, 'hook_fault cannot be "Stop:slow"', "It takes EVENT:FAULT"],
    [{ ignore_signals: "KILL" }, 'ignore_signals cannot be "KILL"', "a list of TERM, HUP and INT"],
  ])("%j is refused with a sentence and a hint", (extra, sentence, hint) => {
    const thrown = whatIsThrown(() =>
      fake.launch(launchRequest("/tmp/x", extra)),
    ) as AgentpoolError;

    expect(thrown.code).toBe("invalid_input");
    expect(thrown.message).toContain(sentence);
    expect(thrown.hint).toContain(hint);
  });

  test("whatever is given is read or refused, never anything else", () => {
    const names = fc.constantFrom(...Object.keys(knobs));
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), (given) => {
        expect(whatIsThrown(() => readKnobs(given)) ?? new TypeError()).toBeInstanceOf(TypeError);
      }),
    );
  });
});

describe("the definition of the scripted agent", () => {
  test("the agent tells its version to whoever asks as the definition says", () => {
    const { candidates, versionArgs, versionPattern, tried } = fake.binary;
    const printed = execFileSync(candidates[0] ?? "", versionArgs, { encoding: "utf8" });

    expect(new RegExp(versionPattern).exec(printed)?.[1]).toBe(tried[0]);
    expect(existsSync(versionArgs[0] ?? "")).toBe(true);
  });

  test.each(Object.entries(fake.presets ?? {}))("the preset %s is a persona", (id, preset) => {
    expect(readKnobs(preset)).toMatchObject({ persona: id.replace("fake-", "") });
  });

  test("only files below the session's folder are written, and the prompt is one argument", () => {
    const request = { ...launchRequest("/tmp/x", {}), promptArgument: "--set a\nb" };
    const plan = fake.launch(request);

    expect(plan.files.every((file) => file.path.startsWith("/tmp/x/"))).toBe(true);
    expect(plan.argv.slice(-2)).toEqual(["--", "--set a\nb"]);
    expect(plan.agentSessionId).toBe(request.conversationId);
  });

  test("a hook waits for a reply only where the agent would take one", () => {
    const asked = (extra: Record<string, string>): string[] => {
      const events: string[] = [];
      fake.launch({
        ...launchRequest("/tmp/x", extra),
        hook: (event, options) => {
          if (options?.replyWithinS !== undefined) events.push(event);
          return "true";
        },
      });
      return events;
    };

    expect(asked({})).toEqual(["PermissionRequest"]);
    expect(asked({ answers: "keys" })).toEqual([]);
  });
});

function whatIsThrown(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}
