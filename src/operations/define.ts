import type { ErrorCode } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import type { App } from "./app.ts";
import type { z as Zod } from "zod";

export type Z = typeof Zod;

/** What an operation is given besides its input. */
export interface OperationContext {
  readonly app: App;
  readonly principal: Principal;
  /** Given by the caller so that a repeated request acts once; made up when absent. */
  readonly idempotencyKey: string;
  /** Ends when the caller went away or gave up. */
  readonly signal: AbortSignal;
  /** Values of environment names, sent along by the command that asks. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder the caller stands in; relative paths of the input are meant from there. */
  readonly cwd: string;
  /** Tells a waiting caller how far things are. */
  readonly progress: (message: string, done?: number, total?: number) => void;
}

/** `read` changes nothing, `write` may, `destructive` may end or remove something. */
export type Effect = "read" | "write" | "destructive";

export interface OperationSchemas {
  readonly input: Zod.ZodObject;
  readonly output: Zod.ZodType;
}

/** How an operation looks in a shell. Flags come from the input schema. */
export interface CliPart<Output> {
  /** `spawn`, `session show`, … */
  readonly command: string;
  readonly aliases?: readonly string[];
  /** Input fields given by position, in order; `name...` takes the rest. */
  readonly positionals?: readonly string[];
  /** Short flags by field. */
  readonly short?: Readonly<Record<string, string>>;
  /** Other names of a field's flag, without dashes; hidden when they start with `.`. */
  readonly flags?: Readonly<Record<string, readonly string[]>>;
  /** Fields that have no flag in the shell. */
  readonly omit?: readonly string[];
  /** Which block of `agentpool --help` it stands in. */
  readonly group: "Core" | "Tasks" | "Inspect" | "Files" | "Setup";
  /** Lines that work in an empty repository with the fake provider. */
  readonly examples: readonly string[];
  /** The human form; JSON is the output itself. `input` as it was given, without defaults. */
  readonly render: (
    output: Output,
    style: Style,
    input: Readonly<Record<string, unknown>>,
  ) => string;
  /**
   * Where the ids of the output stand, `sessions.id` for instance. Gives the command `-q`, which
   * prints these alone, and `--format`.
   */
  readonly ids?: string;
  /** Exit status for an output that is no error; 0 when absent. */
  readonly exitCode?: (output: Output) => number;
}

/** Colours and widths of the terminal a text is rendered for. */
export interface Style {
  /** Whether the functions below do anything. */
  readonly colour: boolean;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  /** Columns, or undefined when the output is no terminal. */
  readonly columns: number | undefined;
  /** All columns of a table are wanted, whole. */
  readonly wide: boolean;
  readonly nowMs: number;
}

export interface McpPart {
  readonly tool: string;
  readonly aliases?: readonly string[];
  readonly title: string;
  /** When to use it and when not. */
  readonly description: string;
  readonly idempotent: boolean;
  /** Reaches beyond this machine's agentpool: agents and their vendors. */
  readonly openWorld: boolean;
  /** Input fields whose name differs in the tool: tool name by field. */
  readonly rename?: Readonly<Record<string, string>>;
  readonly omit?: readonly string[];
  /** Input fields a call may give that are not listed: few need them, and each list costs context. */
  readonly unlisted?: readonly string[];
  /** Fields that a call has to give although the operation takes other ways, which are left out. */
  readonly required?: readonly string[];
  /** What a call means that does not give these fields, where that is not their default. */
  readonly presets?: Readonly<Record<string, unknown>>;
  /** Resources about the session that a result leads to, instead of their text. */
  readonly links?: readonly ("session" | "transcript" | "events" | "artifacts")[];
  /** It waits and then takes something: a host that cancels the call is given nothing after all. */
  readonly endsWithCaller?: true;
  /** What a person is asked before it is done; a call may say `confirm: true` where nobody can be. */
  readonly confirm?: Confirmation;
  /** Output fields that hold worker text, fenced before an MCP host sees them. */
  readonly workerText?: readonly string[];
  /**
   * Output fields with worker text that is handed back as a value, an option label for instance:
   * given as it is, and left out with the rest under lockdown.
   */
  readonly workerValues?: readonly string[];
}

/** When a tool asks before it acts. */
export interface Confirmation {
  /** What would be done, as the end of a sentence that begins with "This". */
  readonly does: string;
  /** Only when this field is true. */
  readonly when?: string;
  /** Only while the session is in one of these states. */
  readonly states?: readonly string[];
  /** Never when this field is true. */
  readonly unless?: string;
  /** Never of the agent of a session: what it may decide its run says. */
  readonly hostsOnly?: true;
}

/** One verb, declared once; every window is derived from this. */
export interface Operation<Input = never, Output = never> {
  /** `session.spawn`: noun and verb. */
  readonly name: string;
  readonly toolset:
    | "default"
    | "sessions"
    | "usage"
    | "worktrees"
    | "leases"
    | "stats"
    | "messages"
    | "approvals"
    | "runs"
    /** For whoever looks after a board of tasks. */
    | "tasks"
    /** For agents that work on tasks. */
    | "worker"
    /** For agents that give others work. */
    | "lead";
  /** Imperative, no full stop, under 70 characters. */
  readonly summary: string;
  /** Sentences after the summary in help and reference. */
  readonly about?: string;
  readonly effect: Effect;
  readonly schemas: (z: Z) => OperationSchemas;
  readonly errors: readonly ErrorCode[];
  readonly cli?: CliPart<Output>;
  readonly mcp?: McpPart;
  /** The caller sends its environment along; values it needs are picked and the rest dropped. */
  readonly wantsEnvironment?: boolean;
  /**
   * Needs nothing but the store, so that any process can answer it from the file when no
   * supervisor runs and no session lives.
   */
  readonly fromStore?: boolean;
  /**
   * Needs nothing but files of providers and of the home, whatever lives: any process can answer it
   * when no supervisor runs.
   */
  readonly fromFiles?: boolean;
  /** With `fromFiles`: the command answers by itself even while a supervisor, of whatever version, runs. */
  readonly inPlace?: boolean;
  /**
   * Tells of sessions and runs whatever happened: a session with a toolset may name those of its own
   * run alone, although it only asks.
   */
  readonly tellsOfRuns?: boolean;
  /** Asks about the supervisor itself; asking never starts one. */
  readonly aboutSupervisor?: boolean;
  readonly run: (ctx: OperationContext, input: Input) => Promise<Output>;
}

/** What callers with types see of an operation: what they give and get. Never a value. */
export interface Typed<Name extends string, Given, Output> {
  readonly name: Name;
  readonly types?: { readonly given: Given; readonly output: Output };
}

/**
 * Gives an operation its types while it is written, and erases them so that all fit in one list.
 * Its name and what a caller may leave out stay known, from the name and the schema themselves.
 */
export function defineOperation<Input, Output>() {
  return <const Name extends string, Schemas extends OperationSchemas>(
    operation: Operation<Input, Output> & {
      readonly name: Name;
      readonly schemas: (z: Z) => Schemas;
    },
  ): Operation & Typed<Name, Zod.input<Schemas["input"]>, Output> => operation as never;
}
