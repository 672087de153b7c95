import { fillTemplate, placeholdersIn, typable, type Lookup } from "../../domain/template.ts";

/** What a prompt of a stage can name. */
export interface StageContext {
  /** Response of the stage before, transformed; null for the first stage. */
  readonly previous: string | null;
  readonly input: string | null;
  /** Responses of the stages before, by name, as they were given. */
  readonly responses: ReadonlyMap<string, string>;
}

export const previousPlaceholder = "previous_response";
const appendedHeading = "## Context from the previous stage";

/**
 * The prompt of a stage. A prompt that names no earlier response gets the previous one appended:
 * a stage that ignores what came before it is hardly ever meant.
 * @param more further placeholders, as those of an entry of a list
 */
export function stagePrompt(template: string, context: StageContext, more?: Lookup): string {
  const text = fillTemplate(template, (name) => more?.(name) ?? valueOf(name, context));
  const { previous } = context;
  if (previous === null || namesResponse(template)) return text;
  return `${text}\n\n${appendedHeading}\n\n${typable(previous)}`;
}

/** `plan` of `stages.plan.response`, null for other placeholders. */
export function stageNamed(placeholder: string): string | null {
  return /^stages\.([\w-]+)\.response$/.exec(placeholder)?.[1] ?? null;
}

/** An entry of a list that was taken from the previous response is that response. */
function namesResponse(template: string): boolean {
  return placeholdersIn(template).some(
    (name) =>
      name === previousPlaceholder ||
      name === "item" ||
      name.startsWith("item.") ||
      stageNamed(name) !== null,
  );
}

function valueOf(name: string, context: StageContext): string | undefined {
  if (name === previousPlaceholder) return context.previous ?? undefined;
  if (name === "input") return context.input ?? undefined;
  const stage = stageNamed(name);
  return stage === null ? undefined : context.responses.get(stage);
}
