import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { homeFrom } from "../../platform/home.ts";
import { asUnwritableHome } from "../../platform/unwritable-home.ts";
import { sharedFields, type Command, type Format } from "./command.ts";
import { commands, commandsUnder, findCommand } from "./commands.ts";
import { columns, isTerminal, writeOut } from "./io.ts";
import { printError } from "./output.ts";
import { parseValues } from "./parse-values.ts";
import type { Style } from "../../operations/define.ts";
import type { Shell } from "./shell.ts";
import { createStyle, wantsColour } from "./style.ts";
import { supervised } from "./supervised.ts";
import { refuseDamagedWords } from "./utf8.ts";

/** Put here by the build. */
declare const BUILT_VERSION: string;

/**
 * The command line: finds the command, reads its line, runs it, prints what came of it. Gives the
 * exit status and never throws.
 * @param args the words after `agentpool`
 * @param dist folder of the built package
 */
export async function main(args: readonly string[], dist: string): Promise<number> {
  const { env } = process;
  const asksForJson = asksJson(beforeDashes(args));
  try {
    refuseDamagedWords(args);
    return await dispatch(args, dist);
  } catch (thrown) {
    const error = asUnwritableHome(rootOf(env), thrown) ?? AgentpoolError.from(thrown);
    const style = createStyle(wantsColour(env, isTerminal("stderr")), undefined);
    const told = error.code === "internal" ? asBug(error) : withPage(error, args);
    printError(told, { json: asksForJson, style });
    return error.exitCode;
  }
}

async function dispatch(args: readonly string[], dist: string): Promise<number> {
  if (args[0] === "__complete") {
    const { completeWords } = await import("./commands/complete-words.ts");
    const plain = { json: false, pick: [], idsOnly: false, format: undefined };
    return completeWords(createShell(dist, plain), wordsToComplete(args));
  }
  const page = helpPage(args, dist);
  if (page !== undefined) {
    writeOut(page);
    return 0;
  }
  // `agentpool --json sessions` is what some people type
  const words = args[0] === "--json" ? [...args.slice(1), "--json"] : [...args];
  const found = findCommand(words);
  if (!found) throw unknownCommand(words);
  const { command } = found;
  const fields = [...command.fields(), ...sharedFields(command)];
  const parsed = parseValues({ words: command.words, fields }, found.args);
  const shared = new Set(sharedFields(command).map((field) => field.name));
  const values = Object.fromEntries(Object.entries(parsed).filter(([name]) => !shared.has(name)));
  const pick = (parsed["fields"] as readonly string[] | undefined) ?? [];
  if (parsed["fields"] !== undefined && pick.length === 0) {
    throw new AgentpoolError("invalid_input", "--fields names no field");
  }
  const format = (command.ids === undefined ? undefined : parsed["format"]) as Format | undefined;
  const how = {
    json: parsed["json"] === true || pick.length > 0 || format === "json",
    pick,
    idsOnly: command.ids !== undefined && parsed["quiet"] === true,
    format: values["plain"] === true ? (format ?? "tsv") : format,
  };
  return command.run(createShell(dist, how), values);
}

/** The words behind `__complete [--new-word] --`; that flag stands for an empty last word. */
function wordsToComplete([, ...rest]: readonly string[]): string[] {
  const isNew = rest[0] === "--new-word";
  const words = isNew ? rest.slice(1) : rest;
  return [...(words[0] === "--" ? words.slice(1) : words), ...(isNew ? [""] : [])];
}

function createShell(
  dist: string,
  how: Pick<Shell, "json" | "pick" | "idsOnly" | "format">,
): Shell {
  const { env } = process;
  const home = homeFrom(env);
  const cwd = presentFolder();
  const reach = supervised({ home, env, version: BUILT_VERSION, dist });
  const given = Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined);
  return {
    version: BUILT_VERSION,
    dist,
    env,
    cwd,
    home,
    ...how,
    // no human form is rendered for JSON
    style: how.json ? createStyle(false, undefined) : styleFor(how.format, env),
    supervised: reach,
    ask: (operation, input, options) =>
      reach.call(
        operation,
        { input, cwd, ...(operation.wantsEnvironment ? { env: Object.fromEntries(given) } : {}) },
        options,
      ),
  };
}

/** @throws repo_not_found when somebody removed the folder that the command is typed in */
function presentFolder(): string {
  try {
    return process.cwd();
  } catch (thrown) {
    throw new AgentpoolError("repo_not_found", "The folder you stand in is not there any more", {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      hint: "Go to another one: cd",
    });
  }
}

/** Whatever went wrong, the error that is told does not depend on the home being a good one. */
function rootOf(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return homeFrom(env).root;
  } catch {
    return "";
  }
}

function styleFor(
  format: Format | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Style {
  if (format === "tsv" || format === "name") return createStyle(false, undefined);
  const colour = wantsColour(env, isTerminal("stdout"));
  if (format === "wide") return createStyle(colour, Infinity, { wide: true });
  // a table that is asked for in a pipe is whole: nobody's terminal gives it a width
  return createStyle(colour, format === "table" ? (columns() ?? Infinity) : columns());
}

/** The page that is asked for, wherever in the line; undefined when none is. */
function helpPage(args: readonly string[], dist: string): string | undefined {
  const before = beforeDashes(args);
  const asks = before.includes("--help") || before.includes("-h");
  const [first, ...rest] = before;
  if (first === undefined) return readPage(dist, "agentpool");
  if (/^(?:--version|-V|-v|version)$/.test(first)) return readPage(dist, "version");
  if (!asks && first !== "help") {
    // a noun alone cannot do anything: it shows what it leads to
    const alone = before.length === 1 && isNoun(first) && !findCommand(before);
    return alone ? readPage(dist, first) : undefined;
  }
  const words = (first === "help" ? rest : before).filter(
    (word) => word !== "help" && !word.startsWith("-"),
  );
  if (words.length === 0) return readPage(dist, "agentpool");
  const topic = words[0] ?? "";
  if (topics.includes(topic)) return readPage(dist, topic);
  const found = findCommand(words);
  if (found) return readPage(dist, pageName(found.command));
  if (isNoun(topic)) return readPage(dist, topic);
  throw unknownCommand(words);
}

export const topics: readonly string[] = ["commands", "exit-codes", "environment", "formatting"];

/** The file of a command's page, without its ending. */
export function pageName(command: Command): string {
  return command.words.replaceAll(" ", "-");
}

function readPage(dist: string, name: string): string {
  return readFileSync(join(dist, "help", `${name}.txt`), "utf8");
}

function isNoun(word: string): boolean {
  return commandsUnder(word).length > 0 && !commands.some((command) => command.words === word);
}

function unknownCommand(words: readonly string[]): AgentpoolError {
  const [noun = "", verb] = words;
  if (noun.startsWith("-")) {
    return new AgentpoolError("invalid_input", `agentpool has no flag ${noun}`, {
      why: "Flags stand after the command.",
      hint: "agentpool --help",
    });
  }
  if (isNoun(noun)) {
    const verbs = commandsUnder(noun).map((command) => command.words.slice(noun.length + 1));
    const near = nearest(verb ?? "", verbs);
    return new AgentpoolError("invalid_input", `agentpool ${noun} has no command "${verb ?? ""}"`, {
      hint: near
        ? `agentpool ${noun} ${near}`
        : `agentpool ${noun} ${verbs.length > 1 ? `(${verbs.join(", ")})` : (verbs[0] ?? "")}`,
    });
  }
  const names = commands.flatMap((command) => [command.words, ...command.aliases]);
  // `taks list` is told the whole line that was meant
  const line = names.find((name) => isMeant(name, noun, verb));
  const near =
    line ?? nearest(noun, [...names, ...names.map((name) => name.split(" ")[0] ?? name), "help"]);
  return new AgentpoolError("invalid_input", `agentpool has no command "${noun}"`, {
    hint: near ? `agentpool ${near}` : "agentpool --help",
  });
}

/** Whether each of two words is near the one it stands for. */
function isMeant(name: string, noun: string, verb: string | undefined): boolean {
  const [first = "", second] = name.split(" ");
  if (second === undefined || verb === undefined) return false;
  return nearest(noun, [first]) === first && nearest(verb, [second]) === second;
}

function beforeDashes(args: readonly string[]): readonly string[] {
  const dashes = args.indexOf("--");
  return dashes < 0 ? args : args.slice(0, dashes);
}

/** Before the line is understood: an error in it is told in the form that was asked for. */
function asksJson(words: readonly string[]): boolean {
  return words.some(
    (word, i) =>
      word === "--json" ||
      word === "--fields" ||
      word.startsWith("--fields=") ||
      word === "--format=json" ||
      (word === "--format" && words[i + 1] === "json"),
  );
}

/** Whoever typed something wrong is shown the page of the command, where nothing better is known. */
function withPage(error: AgentpoolError, args: readonly string[]): AgentpoolError {
  if (error.hint !== undefined || error.exitCode !== 2) return error;
  const found = findCommand(args[0] === "--json" ? args.slice(1) : args);
  const hint = found ? `agentpool ${found.command.words} --help` : "agentpool --help";
  return AgentpoolError.fromBody({ ...error.toBody(), hint });
}

function asBug(error: AgentpoolError): AgentpoolError {
  if (error.hint !== undefined) return error;
  const { cause } = error;
  return new AgentpoolError("internal", error.message, {
    why:
      cause instanceof Error
        ? (cause.stack ?? cause.message)
        : "It was thrown by agentpool itself.",
    hint: "Please report it with the command you typed.",
  });
}
