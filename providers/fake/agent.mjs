#!/usr/bin/env node
/**
 * The scripted agent. `agent.mjs [--config FILE] [--set NAME=VALUE]... [--] [PROMPT]`; the file is
 * JSON as `provider.ts` writes it. It needs a terminal and nothing else but Node.
 */
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { Agent } from "./agent/agent.mjs";
import { readEarlier } from "./agent/earlier.mjs";
import { readKnobs } from "./knobs.mjs";

const version = "1.0.0";

// many agents run at once, and room for short-lived garbage would cost each of them 5 MB more; on
// the command line the same would make every start 8 ms slower
setFlagsFromString("--semi-space-growth-factor=1");

function main(args) {
  if (args[0] === "--version") {
    console.log(`agentpool fake agent ${version}`);
    return;
  }
  const { config, set, prompt } = readArguments(args);
  if (!process.stdin.isTTY || !process.stdout.isTTY) refuse("stdin and stdout must be a terminal");
  const { resume = false, log = "" } = config;
  const earlier = resume ? readEarlier(log) : undefined;
  if (resume && !earlier) refuse(`there is no conversation ${config.conversation}`);
  const { model = "fake", effort = null, read_only: readOnly = false, trusted = false } = config;
  const agent = new Agent({
    version,
    model: effort === null ? model : `${model} ${effort}`,
    readOnly,
    trusted,
    prompt,
    knobs: knobsFrom({ ...config.knobs, ...set }),
    hooks: config.hooks ?? {},
    server: config.server ?? null,
    log,
    earlier,
    conversation: config.conversation ?? "fake-conversation",
  });
  void agent.start();
}

function readArguments(args) {
  let config = {};
  const set = {};
  const rest = [...args];
  while (rest.length > 0) {
    const word = rest.shift();
    if (word === "--") break;
    if (word === "--config") config = JSON.parse(readFileSync(rest.shift(), "utf8"));
    else if (word === "--set") {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(rest.shift() ?? "") ?? [];
      if (name === undefined) refuse("--set takes NAME=VALUE");
      set[name] = value;
    } else if (word.startsWith("--")) refuse(`unknown option ${word}`);
    else {
      rest.unshift(word);
      break;
    }
  }
  if (rest.length > 1) refuse("one prompt at most");
  return { config, set, prompt: rest[0] ?? null };
}

function knobsFrom(given) {
  try {
    return readKnobs(given);
  } catch (error) {
    return refuse([error.message, error.hint].join(". "));
  }
}

function refuse(why) {
  console.error(`fake agent: ${why}`);
  process.exit(2);
}

main(process.argv.slice(2));
