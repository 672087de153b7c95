import type { z } from "zod";
import { AgentpoolError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import type { Operation } from "../operations/define.ts";
import { flagName } from "../operations/flag-name.ts";

/** What is wrong with an input, in words: fields by their wire name and their flag. */
export function invalidInput(
  operation: Operation,
  input: unknown,
  issues: readonly z.core.$ZodIssue[],
  fields: readonly string[],
): AgentpoolError {
  const problems = issues.flatMap((issue) => describe(operation, input, issue, fields));
  const [first] = problems;
  if (first?.missing === "provider_id") return providerRequired();
  const names = new Set(problems.map((problem) => problem.field));
  return new AgentpoolError("invalid_input", problems.map((one) => one.text).join("; "), {
    hint: first?.hint ?? helpHint(operation),
    details: { fields: [...names] },
  });
}

/** No provider is ever chosen for anybody. */
export function providerRequired(): AgentpoolError {
  return new AgentpoolError("provider_required", "No provider was named", {
    why: "agentpool never chooses the agent for you.",
    hint: "Name one with --provider; see which are installed: agentpool inventory",
  });
}

interface Problem {
  readonly field: string;
  readonly text: string;
  readonly missing?: string;
  readonly hint?: string;
}

function describe(
  operation: Operation,
  input: unknown,
  issue: z.core.$ZodIssue,
  fields: readonly string[],
): Problem[] {
  const [field, ...inside] = issue.path;
  const where = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys" && typeof field === "string") {
    return issue.keys.map((key) => ({ field, text: `${where} has no field "${key}"` }));
  }
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const near = nearest(key, fields);
      return {
        field: key,
        text: `${operation.name} has no field "${key}"`,
        hint: near ? `Did you mean ${near}?` : `Fields: ${fields.join(", ")}.`,
      };
    });
  }
  if (typeof field !== "string") {
    return [{ field: "input", text: `The input is no object: ${lower(issue.message)}` }];
  }
  const label = `${where} (${flagName(operation, field)})`;
  if (inside.length === 0 && valueAt(input, field) === undefined) {
    return [{ field, text: `${label} is missing`, missing: field }];
  }
  const isMissing = issue.message.endsWith("received undefined");
  return [{ field, text: isMissing ? `${label} is missing` : `${label}: ${said(issue)}` }];
}

/** A text's length in words of people. */
function said(issue: z.core.$ZodIssue): string {
  const isText = "origin" in issue && issue.origin === "string";
  if (isText && issue.code === "too_big") return `it has more than ${issue.maximum} characters`;
  return isText && issue.code === "too_small" && issue.minimum === 1
    ? "it is empty"
    : lower(issue.message);
}

function valueAt(input: unknown, field: string): unknown {
  return (input as Readonly<Record<string, unknown>> | null)?.[field];
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function helpHint(operation: Operation): string {
  return operation.cli ? `agentpool ${operation.cli.command} --help` : `See ${operation.name}`;
}
