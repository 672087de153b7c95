/** How a person shaped this server, on the command line. The environment has the same switches. */
export interface McpFlags {
  readonly toolsets?: readonly string[];
  readonly tools?: readonly string[];
  readonly lockdown?: boolean;
  /** Whose workers are listed; a new one for each process when absent. */
  readonly coordinator?: string;
  readonly outputSchemas?: boolean;
}
