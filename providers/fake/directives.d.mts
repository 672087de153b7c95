/** One thing the agent does in a turn. Times are in ms. */
export type Step =
  | { readonly verb: "say"; readonly text: string }
  | { readonly verb: "long"; readonly chars: number }
  | { readonly verb: "stream" | "sleep" | "change"; readonly ms: number }
  | { readonly verb: "prose" | "bell" }
  | { readonly verb: "ask"; readonly text: string; readonly options?: readonly string[] }
  | { readonly verb: "approve" | "run"; readonly command: string }
  | { readonly verb: "plan"; readonly items: readonly string[] }
  | { readonly verb: "overage" | "warn" | "fail"; readonly text?: string }
  | { readonly verb: "tool"; readonly name: string; readonly detail?: string }
  | { readonly verb: "mcp"; readonly name: string; readonly json?: string }
  | { readonly verb: "edit"; readonly path: string; readonly text?: string }
  | { readonly verb: "delete"; readonly path: string }
  | {
      readonly verb: "usage";
      readonly input: number;
      readonly output: number;
      readonly cached?: number;
    }
  | { readonly verb: "background"; readonly count: number; readonly ms: number }
  | { readonly verb: "limit"; readonly ms: number; readonly text?: string }
  | { readonly verb: "exit"; readonly code: number }
  | { readonly verb: "crash"; readonly signal?: string }
  | { readonly verb: "hang"; readonly ms?: number }
  | { readonly verb: "wrong"; readonly line: string; readonly because: string };

export const verbs: Readonly<
  Record<
    Exclude<Step["verb"], "wrong">,
    {
      readonly args: readonly (readonly [kind: string, name: string])[];
      readonly about: string;
    }
  >
>;

export function parseDirectives(text: string): Step[];
export function formatDirective(step: Exclude<Step, { readonly verb: "wrong" }>): string;
export function longText(chars: number): string;
