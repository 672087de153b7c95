/**
 * What the MCP window needs to know of the operations, as data: rendered once when the package is
 * built, so that a server greets its host without loading operations or schema code.
 */
export interface McpManifest {
  /** Sorted by name. */
  readonly tools: readonly ManifestTool[];
}

export interface ManifestTool {
  /** Name of the operation behind it. */
  readonly operation: string;
  readonly toolset: string;
  /** Further names a call may use; not listed. */
  readonly aliases: readonly string[];
  /** The caller's environment goes along with the call. */
  readonly wantsEnvironment: boolean;
  /** Field of the operation by argument of the tool, where they differ. */
  readonly fields: Readonly<Record<string, string>>;
  /** Paths into the output that hold text a worker wrote. */
  readonly workerText: readonly string[];
  /** Paths of such text that is handed back as a value, an option label for instance. */
  readonly workerValues: readonly string[];
  /** Schemas of arguments that are taken and not listed, by name. */
  readonly unlisted: Readonly<Record<string, JsonSchema>>;
  /** Values of fields a call does not give. */
  readonly presets: Readonly<Record<string, unknown>>;
  /** A call that its host cancels ends, though it would change something. */
  readonly endsWithCaller: boolean;
  /** Resources about the session that a result leads to. */
  readonly links: readonly ("session" | "transcript" | "events" | "artifacts")[];
  /** Asked of a person before it is done. */
  readonly confirm: Confirmation | null;
  /** Argument of the tool by flag of that command, where they are not the same words. */
  readonly flags: Readonly<Record<string, string>>;
  /** The shell command of the same operation, which hints name. */
  readonly command: string | null;
  readonly definition: ToolDefinition;
}

/** When a call asks before it acts; see the operations' own. */
export interface Confirmation {
  readonly does: string;
  readonly when?: string;
  readonly states?: readonly string[];
  readonly unless?: string;
  readonly hostsOnly?: true;
}

/** A tool as `tools/list` shows it. */
export interface ToolDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema?: ObjectSchema;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
}

/** A JSON Schema of an object, as far as this window looks into it. */
export interface ObjectSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}
