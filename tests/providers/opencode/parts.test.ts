import { describe, expect, test } from "vitest";
import {
  permissionDialog,
  questionContext,
  questionDialog,
  replyInWords,
} from "../../../providers/opencode/dialogs.ts";
import { messageId, partIdOf } from "../../../providers/opencode/message-id.ts";
import { isLimit } from "../../../providers/opencode/outcome.ts";
import { detailOf } from "../../../providers/opencode/tools.ts";

describe("the id of a text", () => {
  test("is made as the agent makes its own, so that it stands in its place", () => {
    // an id of the agent's, made in the same millisecond
    const own = "msg_1fd8a4db7001XGtrGCVE16hVKQ";
    const id = messageId({ deliveryId: "dl_1m7yztkeg32c013kz", at: 1_795_255_061_943 });
    expect(id).toBe("msg_1fd8a4db7000yztkeg32c013kz");
    expect(id < own && id.length === own.length).toBe(true);
    expect(messageId({ deliveryId: "dl_1m7yztkeg32c013kz", at: 1_795_255_061_944 }) > own).toBe(
      true,
    );
  });

  test("is another for each text, and the same for the same one", () => {
    const at = 1_795_255_061_943;
    expect(messageId({ deliveryId: "dl_a", at })).toBe(messageId({ deliveryId: "dl_a", at }));
    expect(messageId({ deliveryId: "dl_a", at })).not.toBe(messageId({ deliveryId: "dl_b", at }));
    expect(partIdOf("msg_1fd8a4db7000yztkeg32c013kz")).toBe("prt_1fd8a4db7000yztkeg32c013kz");
  });
});

describe("a request for permission", () => {
  test.each([
    [{ permission: "bash", patterns: ["ls"], metadata: { command: "ls -l" } }, "$ ls -l", "ls -l"],
    [
      { permission: "edit", patterns: ["a.txt"], metadata: { filepath: "/p/a.txt", diff: "+x" } },
      "Edit a.txt\n+x",
      "/p/a.txt",
    ],
    [
      {
        permission: "webfetch",
        patterns: ["https://a.example/*"],
        metadata: { url: "https://a.example/b" },
      },
      "WebFetch https://a.example/b",
      "https://a.example/*",
    ],
    [
      { permission: "external_directory", patterns: ["/etc/*"] },
      "Access external directory /etc/*",
      "/etc/*",
    ],
    [{ permission: "tracker_create", patterns: ["*"] }, "tracker_create *", "*"],
    [{}, "", null],
  ])("%j asks in the agent's words", (request, text, subject) => {
    expect(permissionDialog(request)).toMatchObject({ kind: "approval", text, subject });
  });
});

describe("a question", () => {
  const options = [
    { label: "red", description: "warm" },
    { label: "blue", description: "" },
  ];
  const one = { questions: [{ question: "Which?", header: "H", options }] };
  const many = { questions: [{ question: "Which?", options, multiple: true }] };
  const two = {
    questions: [
      { question: "A?", options },
      { question: "B?", options: [] },
    ],
  };
  const closed = { questions: [{ question: "Which?", options, custom: false }] };

  test("offers what can be chosen, and says what that means", () => {
    expect(questionDialog(one)).toMatchObject({
      text: "Which?\n- red: warm\n- blue",
      acceptsText: true,
      options: [{ label: "red", reply: '{"answers":[["red"]]}' }, { label: "blue" }],
    });
    expect(questionDialog(closed).acceptsText).toBe(false);
  });

  test("several at once are answered in words, a line for each", () => {
    expect(questionDialog(two)).toMatchObject({
      text: "1. A?\n- red: warm\n- blue\n\n2. B?",
      acceptsText: true,
      options: [],
    });
    expect(replyInWords(questionContext(two), "red\n\n as you like \n")).toBe(
      '{"answers":[["red"],["as you like"]]}',
    );
    expect(() => replyInWords(questionContext(two), "red")).toThrow("2 questions");
  });

  test("an answer in words goes as it is; labels, one a line, are as many choices", () => {
    expect(replyInWords(questionContext(one), "green\nor so")).toBe(
      '{"answers":[["green\\nor so"]]}',
    );
    expect(replyInWords(questionContext(many), "red\nblue")).toBe('{"answers":[["red","blue"]]}');
    expect(replyInWords(questionContext(many), "red\ngreen")).toBe('{"answers":[["red\\ngreen"]]}');
  });
});

describe("small things", () => {
  test("a limit is told from a hiccup by its words and by how long it lasts", () => {
    const status = (message: string, next: number): Record<string, unknown> => ({ message, next });
    expect(isLimit(status("Usage limit reached.", 3_600_000), 0)).toBe(true);
    expect(isLimit(status("Too Many Requests", 20_000), 0)).toBe(true);
    expect(isLimit(status("Too Many Requests", 5_000), 0)).toBe(false);
    expect(isLimit(status("Overloaded", 9_000), 0)).toBe(false);
    expect(isLimit(status("Overloaded", 90_000), 0)).toBe(true);
  });

  test("a tool call is described by its most telling field", () => {
    expect(detailOf({ filePath: "a.txt", content: "x" })).toBe("a.txt");
    expect(detailOf({ command: "ls", description: "List" })).toBe("ls");
    expect(detailOf({ depth: 3 })).toBe('{"depth":3}');
    expect(detailOf({})).toBe("");
  });
});
