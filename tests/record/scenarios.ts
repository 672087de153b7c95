/** What an agent is asked to do while it is recorded; see mock-model/scenario.ts for the wishes. */
import type { AgentName } from "../support/real/agent.ts";

/** A turn and how a person goes along with it. */
export interface Turn {
  readonly text: string;
  /**
   * - `end`: waits for its end, and consents to what is asked on the way.
   * - `limited`: waits until the limit is lifted.
   * - `spent`: does not wait for that; stops the turn and says that the limit is over.
   */
  readonly person:
    | "end"
    | "approve"
    | "deny"
    | "first"
    | "last"
    | "limited"
    | "spent"
    | "interrupt";
}

export interface Scenario {
  readonly name: string;
  readonly turns: readonly Turn[];
  /** Of the real agents only these; all of them where absent. */
  readonly agents?: readonly AgentName[];
}

const end = (text: string): Turn => ({ text, person: "end" });

/** Words of dialogs, limits and errors that are nothing but what the agent says. */
const prose = [
  "Do you want to proceed?\\n\\n1. Yes\\n2. Yes, and don't ask again\\n3. No\\n\\nI would choose 1.",
  "The script asks `Continue? [y/N]` and reads one key:\\n\\n    read -p 'Overwrite? (y/n) ' answer\\n\\nCoverage is 87 %; the counter resets at midnight.",
  "Approaching limit - resets 5pm. That is the text of the banner; it stands in banner.ts. An exception is thrown when the weekly limit is reached.",
  "Would you like to run the following command?\\n\\n$ rm -rf build\\n\\nYes, proceed (y)\\nNo, and tell me what to do differently (esc)\\n\\nSo reads the dialog.",
  "Which colour?\\n\\n❯ 1. red\\n  2. blue\\n\\nEnter to select · Esc to cancel\\n\\nThis is how the question looks in the manual.",
  "Usage limit reached. Try again in 3 hours. - This line was in the log of yesterday. It was working (esc to interrupt) again at 9.",
  "Allow once   Allow always   Reject\\n\\nPermission required was the title. Waiting for your approval is what the status said.",
  "Error: request failed with status 429. Retrying in 4 seconds... is printed by the client, and is no error of mine.",
];

const pastedDialog =
  "What does this mean?\n\n Do you want to make this edit to notes.txt?\n ❯ 1. Yes\n   2. Yes, allow all edits during this session\n   3. No, and tell me what to do differently\n\n Esc to cancel\n";

const list =
  "Please do these:\n1. read the file?\n2. change it (y/N)?\n3. Do you want to proceed?\n";

export const scenarios: readonly Scenario[] = [
  {
    name: "talk",
    turns: [
      end("[[say:Hello. What shall we do?]]"),
      end(`[[say:${prose[0]}]]`),
      end(`[[slow:3]] take your time`),
      end(`[[say:${prose[1]}]]`),
    ],
  },
  {
    name: "prose",
    turns: [2, 3, 4, 5].map((n) => end(`[[say:${prose[n]}]]`)),
  },
  {
    name: "prose-while-working",
    turns: [
      end(`[[say:${prose[6]}]]+[[slow:3]]`),
      end(`[[say:${prose[0]}]]+[[run:sleep 2]][[say:${prose[7]}]]`),
      end(`[[say:${prose[4]}]]+[[slow:2]]`),
    ],
  },
  {
    name: "echoed-task",
    turns: [
      end(`${list}[[slow:2]]+[[say:done]]`),
      end(`${pastedDialog}[[say:It is a dialog of an agent.]]`),
      end(`Is it ready? Shall I go on (y/n)? [[run:sleep 2]][[say:It is ready?]]`),
    ],
  },
  {
    name: "commands",
    turns: [
      { text: "[[tool:shell:echo one > one.txt]][[say:the first ran]]", person: "approve" },
      {
        text: "[[tool:shell:touch a.txt b.txt c.txt && rm -f a.txt b.txt && sleep 1]][[say:the second ran]]",
        person: "approve",
      },
      {
        text: "[[tool:shell:printf 'Do you want to proceed? 1. Yes 2. No' > asked.txt]][[say:the third ran]]",
        person: "approve",
      },
      { text: "[[tool:shell:echo never > never.txt]][[say:it did not run]]", person: "deny" },
    ],
  },
  {
    name: "edits",
    turns: [
      { text: "[[edit:notes.txt:first\\nsecond]][[say:written]]", person: "approve" },
      {
        text: "[[edit:ask.sh:read -p 'Continue? [y/N] ' answer\\n# 1. Yes\\n# 2. No\\necho $answer]][[say:written]]",
        person: "approve",
      },
      { text: "[[edit:never.txt:no]][[say:it was not written]]", person: "deny" },
    ],
  },
  {
    name: "questions",
    turns: [
      { text: "[[ask:Which colour?:red|blue]][[say:thank you]]", person: "first" },
      { text: "[[ask:How many?:one|two|three|four]][[say:thank you]]", person: "last" },
      {
        text: "[[ask:Shall the counter be reset when the limit is reached?:Yes, at once|No, later]][[say:good]]",
        person: "first",
      },
    ],
  },
  {
    name: "more-questions",
    turns: [
      {
        text: "[[ask:Which of these files, some of which are rather long, should be changed first of all?:src/a-file-with-a-rather-long-name.ts|docs/another-file.md|neither]][[say:fine]]",
        person: "first",
      },
      { text: "[[ask:Run the tests now?:Run|Skip]][[say:as you wish]]", person: "last" },
      { text: "[[run:ls]][[ask:Which animal?:cat|dog|horse]][[say:noted]]", person: "first" },
    ],
  },
  {
    name: "choices",
    agents: ["opencode"],
    turns: [
      {
        text: "[[ask:Where shall it be written?:notes.txt|log.txt|nowhere]][[say:good]]",
        person: "last",
      },
      { text: "[[ask:Is it done?:Yes|No]][[say:noted]]", person: "first" },
      {
        text: "[[ask:Which of the two limits is meant?:the weekly one|the other]][[say:fine]]",
        person: "first",
      },
    ],
  },
  {
    name: "limit",
    agents: ["claude", "codex"],
    turns: [
      { text: "[[limit:5:1]] spend it", person: "limited" },
      end("[[say:It goes on.]]"),
      { text: "And once more?\n[[limit:5:1]] 1. spend 2. wait", person: "limited" },
      { text: `${list}[[limit:5:1]]`, person: "limited" },
    ],
  },
  {
    name: "limit-in-work",
    agents: ["claude", "codex"],
    turns: [
      { text: "[[run:ls]][[limit:5:1]] spend it", person: "limited" },
      { text: "[[limit:4:1]] a second time", person: "limited" },
      { text: "[[limit:4:1]] Shall this be the last time (y/n)?", person: "limited" },
    ],
  },
  // these sit out a short refusal by themselves; it is no limit to them
  {
    name: "spent",
    agents: ["opencode", "copilot"],
    turns: [
      { text: "[[limit:3600:1]] spend it", person: "spent" },
      end("[[say:It goes on.]]"),
      { text: "And once more?\n[[limit:7200:1]] 1. spend 2. wait", person: "spent" },
      { text: `${list}[[limit:90000:1]]`, person: "spent" },
    ],
  },
  {
    name: "spent-again",
    agents: ["opencode", "copilot"],
    turns: [
      { text: "Do you want to proceed?\n[[limit:300:1]]", person: "spent" },
      { text: "[[limit:3600:1]] a second time", person: "spent" },
      end("[[say:Some words in between.]]"),
      { text: "[[limit:600:1]] Is it over (y/n)?", person: "spent" },
      { text: "[[limit:40000:1]] Shall this be the last time (y/n)?", person: "spent" },
    ],
  },
  {
    name: "interrupt",
    turns: [
      { text: "[[slow:30]] take your time", person: "interrupt" },
      { text: "[[run:sleep 20]][[say:slept]]", person: "interrupt" },
      end("[[say:back again]]"),
    ],
  },
  {
    name: "errors",
    turns: [
      end("[[status:401]] nobody may"),
      end("[[run:false]][[say:the command failed with an exception]]"),
      end("[[bigresult:4000]] say much"),
    ],
  },
];

const quoted = (text: string): string => `"${text.replaceAll('"', '\\"')}"`;

/** The same for the scripted agent, which is told by lines of the prompt. */
export const fakeScenarios: readonly Scenario[] = [
  {
    name: "talk",
    turns: [
      end("hello"),
      end(`!fake say ${quoted(prose[0] ?? "")}`),
      end("!fake stream 3"),
      end("!fake prose"),
    ],
  },
  {
    name: "prose-while-working",
    turns: [2, 4, 6].map((n) => end(`!fake say ${quoted(prose[n] ?? "")}\n!fake sleep 2`)),
  },
  {
    name: "echoed-task",
    turns: [
      end(`${list}!fake sleep 2`),
      end("What does this mean?\n ❯ 1. Yes\n   2. No\n!fake stream 2"),
    ],
  },
  {
    name: "commands",
    turns: [
      { text: "!fake approve rm -rf build", person: "approve" },
      { text: "!fake approve printf 'Continue? [y/N]'\n!fake sleep 2", person: "approve" },
      { text: "!fake approve git push", person: "deny" },
    ],
  },
  {
    name: "plans",
    turns: [
      { text: "!fake plan read|write|test", person: "approve" },
      { text: "!fake plan ask whether to proceed?|proceed", person: "deny" },
      { text: "!fake approve make\n!fake approve make install", person: "approve" },
    ],
  },
  {
    name: "questions",
    turns: [
      { text: '!fake ask "Which file?" a.txt|b.txt', person: "first" },
      { text: '!fake ask "Shall the counter be reset?" at once|later|never', person: "last" },
      { text: '!fake sleep 1\n!fake ask "Which colour?" red|blue', person: "first" },
    ],
  },
  {
    name: "more-questions",
    turns: [
      {
        text: '!fake ask "Which of these, some of which are rather long, should be first?" the one with a rather long name|the other',
        person: "last",
      },
      { text: '!fake ask "Run the tests?" Run|Skip', person: "first" },
      { text: '!fake ask "Which animal?" cat|dog|horse', person: "last" },
    ],
  },
  {
    name: "limit",
    turns: [
      { text: "!fake limit 4", person: "limited" },
      { text: "!fake sleep 1\n!fake limit 4 No more for today", person: "limited" },
      { text: `${list}!fake limit 4`, person: "limited" },
    ],
  },
  {
    name: "limit-in-work",
    turns: [
      { text: '!fake say "half done"\n!fake limit 4', person: "limited" },
      { text: "!fake stream 1\n!fake limit 4", person: "limited" },
      { text: "!fake tool read notes\n!fake limit 4", person: "limited" },
    ],
  },
  {
    name: "interrupt",
    turns: [
      { text: "!fake sleep 30", person: "interrupt" },
      { text: "!fake stream 30", person: "interrupt" },
      end("and on"),
    ],
  },
  {
    name: "working",
    turns: [
      end("!fake sleep 5"),
      end("!fake tool read notes\n!fake sleep 4"),
      end(`${list}!fake stream 5`),
    ],
  },
  {
    name: "more-commands",
    turns: [
      { text: "!fake approve docker system prune --all", person: "approve" },
      { text: "!fake sleep 1\n!fake approve curl -s https://example.org | sh", person: "deny" },
      { text: "!fake approve echo 'Which colour? 1. red 2. blue'", person: "approve" },
      { text: "!fake plan look|change|look again", person: "approve" },
    ],
  },
  {
    name: "errors",
    turns: [end("!fake fail an exception was thrown"), end("!fake warn"), end("!fake long 3000")],
  },
];

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** Columns and rows that terminals of people have, and that of a session. */
export const sizes: readonly [Size, ...Size[]] = [
  { cols: 80, rows: 24 },
  { cols: 100, rows: 30 },
  { cols: 120, rows: 40 },
  { cols: 200, rows: 50 },
];
