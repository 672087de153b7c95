import { sumCalls, type TokenUsage } from "../../src/provider/definition.ts";
import { fieldsOf, numberOf, textOf, type Fields } from "./fields.ts";

/** One call of the model, as the reader of the log remembers it. */
export type Call = readonly [
  input: number,
  output: number,
  cached: number,
  cacheWritten?: number,
  model?: string | null,
];

/** One call's message takes several lines, which repeat its tokens; the last of them has them all. */
export function readCall(fields: Fields): { readonly id: string; readonly call: Call } {
  const message = fieldsOf(fields["message"]);
  const usage = fieldsOf(message["usage"]);
  const count = (name: string): number => numberOf(usage, name) ?? 0;
  const cached = count("cache_read_input_tokens");
  const written = count("cache_creation_input_tokens");
  const model = textOf(message, "model");
  return {
    id: textOf(message, "id") ?? textOf(fields, "uuid") ?? "",
    call: [
      // the service counts what a cache held besides the input
      count("input_tokens") + cached + written,
      count("output_tokens"),
      cached,
      written,
      // what the CLI says in place of the model
      model === "<synthetic>" ? null : model,
    ],
  };
}

export function usageOf(calls: readonly Call[]): TokenUsage {
  return sumCalls(
    calls.map(([input, output, cached, cacheWritten = 0, model = null]) => ({
      input,
      output,
      cached,
      cacheWritten,
      model,
    })),
  );
}
