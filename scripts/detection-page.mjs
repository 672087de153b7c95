// Writes docs/detection.md: the figures of `agentpool detect eval` over the corpus, and what they
// mean. Run after a build: node scripts/detection-page.mjs
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const all = evaluated("all");
const heldOut = new Map(evaluated("held_out").map((one) => [one.provider, one]));

const rows = all.map((one) => {
  const held = heldOut.get(one.provider);
  return [
    `\`${one.provider}\``,
    one.frames.count,
    held.frames.count,
    one.replays.fused.recordings,
    share(one.frames),
    held.frames.count === 0 ? "-" : share(held.frames),
    one.frames.prose_as_prompt,
    share(one.replays.screen),
    share(one.replays.fused),
    held.frames.count === 0 ? "-" : share(held.replays.fused),
    `${one.replays.screen.false_idle} / ${one.replays.fused.false_idle}`,
    `${one.replays.screen.false_prompt} / ${one.replays.fused.false_prompt}`,
  ];
});

const heads = [
  "provider",
  "frames",
  "held out",
  "recordings",
  "frames right",
  "held-out frames right",
  "prose as prompt",
  "moments right, screen",
  "moments right, all sources",
  "held-out moments, all sources",
  "false idle",
  "false prompt",
];

const page = `<!-- Written by scripts/detection-page.mjs; the prose stands there. -->

# How right the state of an agent is

Every claim that an agent is idle, works or asks comes from somewhere, and sometimes from its screen
alone. This page says how often that is right, measured against what was recorded from the real CLIs
and from the scripted agent.

${table(heads, rows)}

**Frames** are screens as tmux captured them, read by the screen rules and by nothing else. **Moments**
are taken four times a second from recordings of whole sessions, played through a terminal and through
the rules from evidence to state: once by the screen alone, once with all that the agent's hooks, log or
API told, at the times at which they told it. The output is cut into other pieces than those it came in.
A moment counts once the truth has held for a second; by the screen alone, an agent that looks idle must
also have looked so for as long as its provider says that it pauses at most. **False idle**: a turn ran,
or the agent asked, and the session was idle for more than a second. **False prompt**: the session asked for
more than two seconds while the agent asked nothing; the picture of a dialog may outlive it for a moment. Both stand as \`by the screen / by all sources\`.

The bars, which \`tests/detection/corpus.test.ts\` holds: 99.5 % of the frames of each provider, no prose taken for a
prompt, no false idle, no false prompt.

## Where the truth comes from

From the agent itself: its hook, log or API said at that moment that a prompt was taken, a dialog was
opened, a turn ended, a limit was hit. Between an answer of ours and the agent's next word there is no
truth, and nothing is measured. Channel and screen are never quite at once: a frame counts after its
label has held for 0.7 s, and 0.35 s before it ends (work: 1 s). Of a state that stands still the last
screen counts.

Where no rule reads limits from the screen (what stands there outlives the limit), a limited agent is
expected to look idle, and its log alone tells. Columns are what it was taken for, rows what it was:

${all.map(({ provider, frames }) => `### \`${provider}\`, frames\n\n${confusion(frames.confusion)}`).join("\n\n")}

## What was recorded

\`providers/<id>/screens/<label>/\` holds single screens that were captured by hand while the rules were
written. \`providers/<id>/recordings/<scenario>-<size>.cast.gz\` holds whole sessions at 80x24, 100x30, 120x40 and
200x50: what the pane wrote with times (an asciicast, which players of those play), what the agent told
(\`s\`), the truth (\`m\`) and frames (\`f\`). Among the scenarios are those that try to mislead: the agent
says "Do you want to proceed?", quotes dialogs and banners of limits, code with \`y/N\`, the words
coverage, resets and exception; the task itself is a numbered list with question marks, or a dialog that
was pasted as text.

**Held out** is a third of the recordings, with their frames, chosen by name alone: those of which the
SHA-256 of \`<scenario>-<size>\` begins with a number (four bytes, big-endian) that 3 divides. Rules are never written or mended by
them. All single screens count as seen.

Where a provider has no recordings yet, its row stands on single screens alone.

The recordings were made by \`node scripts/record-screens.mjs <agent>\` with the versions in
\`tests/support/real/agents.json\`, shut off from any network, against a model that does as it is told.
Ids, times of day and the machine's name in them were replaced by others of the same length.

## Checking for yourself

\`\`\`
agentpool detect read --provider codex-cli --file screen.txt     # one screen, plain or with colours
agentpool detect eval --provider codex-cli --split held_out      # the figures above, in a clone
agentpool provider capture <session> --seconds 10 -o report.cast # a recording for a report
agentpool detect eval --file report.cast                         # what it was taken for, and when
agentpool explain <session> [--at TIME]                          # why this state, now or then
\`\`\`

A screen that is read wrong is best reported as such a recording: its secrets are masked where they can
be recognised, and it can become part of the corpus.
`;
writeFileSync(join(root, "docs", "detection.md"), page);
spawnSync(join(root, "node_modules", ".bin", "oxfmt"), ["docs/detection.md"], { cwd: root });

function evaluated(split) {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["bin/agentpool.cjs", "detect", "eval", "--split", split, "--json"],
    { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 },
  );
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout).providers;
}

function share({ right, count, moments }) {
  const of = count ?? moments;
  if (of === 0) return "-";
  return `${((right / of) * 100).toFixed(right === of ? 0 : 2)} %`;
}

function confusion(counts) {
  const sorted = (names) => [...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1));
  const labels = sorted(Object.keys(counts));
  const read = sorted(labels.flatMap((label) => Object.keys(counts[label])));
  return table(
    ["it was", ...read],
    labels.map((label) => [label, ...read.map((state) => counts[label][state] ?? "")]),
  );
}

function table(head, lines) {
  return [head, head.map(() => "---"), ...lines]
    .map((line) => `| ${line.join(" | ")} |`)
    .join("\n");
}
