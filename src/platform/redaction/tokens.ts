import { startsWord, type SecretSpan } from "./span.ts";

/**
 * Secrets that are known by their own shape, wherever they stand. A shape that begins like a
 * common word (`sk-` in `task-force`) must begin a word; one that is unmistakable need not.
 */
interface Shape {
  readonly begin: string;
  readonly kind: string;
  /** What follows `begin`. The upper bound keeps a failed attempt cheap; the rest is taken after. */
  readonly rest: RegExp;
  readonly wordStart?: boolean;
  /** Rest that makes it unmistakable even within a word. */
  readonly unless?: RegExp;
  readonly also?: RegExp;
}

const shapes: readonly Shape[] = [
  { begin: "sk-ant-", kind: "api_key", rest: /[\w-]{8,200}/y },
  { begin: "sk-proj-", kind: "api_key", rest: /[\w-]{8,200}/y },
  { begin: "sk-svcacct-", kind: "api_key", rest: /[\w-]{8,200}/y },
  { begin: "sk-admin-", kind: "api_key", rest: /[\w-]{8,200}/y },
  { begin: "sk-or-", kind: "api_key", rest: /[\w-]{16,200}/y, also: /\d/ },
  // class names and slugs begin with sk- too; they hold neither digits nor capitals
  {
    begin: "sk-",
    kind: "api_key",
    rest: /[\w-]{16,200}/y,
    wordStart: true,
    unless: /^(?=.*\d)(?=.*[A-Z])(?=.*[a-z])[A-Za-z\d]{32}/,
    also: /[\dA-Z]/,
  },
  { begin: "sk_live_", kind: "stripe_key", rest: /[A-Za-z0-9]{8,200}/y },
  { begin: "sk_test_", kind: "stripe_key", rest: /[A-Za-z0-9]{8,200}/y },
  { begin: "rk_live_", kind: "stripe_key", rest: /[A-Za-z0-9]{8,200}/y },
  { begin: "rk_test_", kind: "stripe_key", rest: /[A-Za-z0-9]{8,200}/y },
  { begin: "whsec_", kind: "stripe_key", rest: /[A-Za-z0-9+/=]{16,200}/y },
  { begin: "ghp_", kind: "github_token", rest: /[A-Za-z0-9]{16,200}/y },
  { begin: "gho_", kind: "github_token", rest: /[A-Za-z0-9]{16,200}/y },
  { begin: "ghu_", kind: "github_token", rest: /[A-Za-z0-9]{16,200}/y },
  { begin: "ghs_", kind: "github_token", rest: /[A-Za-z0-9]{16,200}/y },
  { begin: "ghr_", kind: "github_token", rest: /[A-Za-z0-9]{16,200}/y },
  { begin: "github_pat_", kind: "github_token", rest: /\w{16,200}/y },
  { begin: "glpat-", kind: "gitlab_token", rest: /[\w-]{16,200}(?:\.[\w-]{2,40}){0,2}/y },
  { begin: "gldt-", kind: "gitlab_token", rest: /[\w-]{16,200}/y },
  { begin: "glrt-", kind: "gitlab_token", rest: /[\w-]{16,200}/y },
  { begin: "glptt-", kind: "gitlab_token", rest: /[\w-]{16,200}/y },
  { begin: "glcbt-", kind: "gitlab_token", rest: /[\w-]{16,200}/y },
  { begin: "gloas-", kind: "gitlab_token", rest: /[\w-]{16,200}/y },
  { begin: "xoxa-", kind: "slack_token", rest: /[A-Za-z0-9-]{8,200}/y },
  { begin: "xoxb-", kind: "slack_token", rest: /[A-Za-z0-9-]{8,200}/y },
  { begin: "xoxc-", kind: "slack_token", rest: /[A-Za-z0-9-]{8,200}/y },
  { begin: "xoxd-", kind: "slack_token", rest: /[A-Za-z0-9%+/=-]{8,200}/y },
  { begin: "xoxe-", kind: "slack_token", rest: /[A-Za-z0-9-]{8,200}/y },
  { begin: "xoxe.", kind: "slack_token", rest: /[A-Za-z0-9.-]{8,200}/y },
  { begin: "xoxo-", kind: "slack_token", rest: /[A-Za-z0-9-]{8,200}/y },
  { begin: "xoxp-", kind: "slack_token", rest: /[A-Za-z0-9-]{8,200}/y },
  { begin: "xoxr-", kind: "slack_token", rest: /[A-Za-z0-9-]{8,200}/y },
  { begin: "xoxs-", kind: "slack_token", rest: /[A-Za-z0-9-]{8,200}/y },
  { begin: "xapp-", kind: "slack_token", rest: /[A-Za-z0-9-]{16,200}/y, also: /\d/ },
  { begin: "hooks.slack.com/services/", kind: "slack_token", rest: /[\w/-]{16,200}/y },
  { begin: "AKIA", kind: "aws_key", rest: /[A-Z0-9]{16,200}/y },
  { begin: "ASIA", kind: "aws_key", rest: /[A-Z0-9]{16,200}/y, wordStart: true },
  { begin: "AIza", kind: "google_key", rest: /[\w-]{30,200}/y },
  { begin: "ya29.", kind: "google_key", rest: /[\w-]{20,200}/y },
  { begin: "GOCSPX-", kind: "google_key", rest: /[\w-]{16,200}/y },
  { begin: "npm_", kind: "npm_token", rest: /[A-Za-z0-9]{30,200}/y },
  { begin: "pypi-", kind: "pypi_token", rest: /[\w-]{40,200}/y, also: /\d/ },
  { begin: "hf_", kind: "api_key", rest: /[A-Za-z0-9]{30,200}/y },
  { begin: "gsk_", kind: "api_key", rest: /[A-Za-z0-9]{30,200}/y },
  { begin: "xai-", kind: "api_key", rest: /[A-Za-z0-9]{40,200}/y },
  { begin: "SG.", kind: "api_key", rest: /[\w-]{16,200}\.[\w-]{16,200}/y },
  { begin: "AGE-SECRET-KEY-", kind: "private_key", rest: /[A-Z0-9]{40,200}/y },
  {
    begin: "eyJ",
    kind: "jwt",
    rest: /[\w-]{5,4000}\.[\w-]{4,4000}\.[\w-]{0,4000}(?:\.[\w-]{0,4000}){0,2}/y,
  },
];

/** Kinds of secrets that are known by their own shape. */
export const tokenKinds: readonly string[] = [...new Set(shapes.map(({ kind }) => kind))];

const byBegin = new Map(shapes.map((shape) => [shape.begin, shape]));
const begins = new RegExp(
  shapes
    .map((shape) => shape.begin.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`))
    // the longest beginning must be tried first: sk-ant- before sk-
    .sort((a, b) => b.length - a.length)
    .join("|"),
  "g",
);

export function findTokens(text: string, found: SecretSpan[]): void {
  begins.lastIndex = 0;
  for (let match = begins.exec(text); match; match = begins.exec(text)) {
    const shape = byBegin.get(match[0]);
    const span = shape && take(text, match.index, shape);
    if (span) found.push(span);
    begins.lastIndex = span?.to ?? giveUpAt(text, begins.lastIndex);
  }
}

/**
 * Where to look on after a beginning that led to nothing. A later beginning in the same run of
 * characters fails for the same reason, and trying each would take quadratic time.
 */
function giveUpAt(text: string, from: number): number {
  if (text.charCodeAt(from - 1) !== 0x4a) return from;
  run.lastIndex = from;
  run.test(text);
  return Math.max(from, run.lastIndex);
}

const run = /[\w-]{0,4000}/y;

function take(text: string, from: number, shape: Shape): SecretSpan | undefined {
  shape.rest.lastIndex = from + shape.begin.length;
  const rest = shape.rest.exec(text);
  if (!rest || (shape.also && !shape.also.test(rest[0]))) return undefined;
  if (shape.wordStart && !startsWord(text, from) && !shape.unless?.test(rest[0])) return undefined;
  // whatever hangs on without a break is part of it: nothing secret may stay behind the mark
  tail.lastIndex = shape.rest.lastIndex;
  const more = tail.exec(text);
  return { from, to: shape.rest.lastIndex + (more ? more[0].length : 0), kind: shape.kind };
}

const tail = /[\w-]{1,16384}/y;
