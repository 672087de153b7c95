import type { Acceptance } from "../domain/delivery.ts";
import { redact } from "../platform/redact.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { sha256 } from "../provider/sha256.ts";

const previewChars = 200;

/**
 * What the rows keep of a text: never its exact bytes, those lie in the outbox.
 * @param secrets values to keep out; what the agent reports is compared without the same values
 * @param options `command` when the caller says that the text is a command of the agent
 */
export function newDelivery(
  definition: Pick<ProviderDefinition, "input">,
  text: string,
  secrets: readonly string[],
  options: { readonly command?: boolean } = {},
): {
  readonly text: string;
  readonly preview: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly acceptance: Acceptance;
} {
  const clean = redact(text, secrets);
  return {
    text: clean,
    preview: clean.length > previewChars ? `${clean.slice(0, previewChars)}…` : clean,
    sizeBytes: Buffer.byteLength(text),
    sha256: sha256(text),
    acceptance: options.command === true ? "none" : acceptanceOf(definition, text),
  };
}

/** A command of the CLI or its shell is taken without any proof in the agent's channels. */
function acceptanceOf({ input }: Pick<ProviderDefinition, "input">, text: string): Acceptance {
  const literal = input.padding !== undefined;
  const command = !literal && input.commandPrefixes.some((prefix) => text.startsWith(prefix));
  return command ? "none" : input.acceptance;
}
