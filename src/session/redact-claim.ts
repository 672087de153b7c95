import type { Claim } from "../domain/observation.ts";
import type { Dialog } from "../domain/prompt.ts";
import { redact } from "../platform/redact.ts";

/** Takes secrets out of what a source said, before it is compared, stored or shown. */
export function redactClaim(claim: Claim, secrets: readonly string[]): Claim {
  const clean = (text: string): string => redact(text, secrets);
  const cleanOrNull = (text: string | null): string | null => (text === null ? null : clean(text));
  const cleanDialog = (dialog: Dialog): Dialog => ({
    ...dialog,
    text: clean(dialog.text),
    subject: cleanOrNull(dialog.subject),
  });
  switch (claim.kind) {
    case "prompt_taken":
    case "prompt_queued":
    case "message":
      return { ...claim, text: clean(claim.text) };
    case "turn_ended":
      return { ...claim, result: cleanOrNull(claim.result), error: cleanOrNull(claim.error) };
    case "tool_started":
      return { ...claim, detail: clean(claim.detail) };
    case "dialog_opened":
      return { ...claim, dialog: cleanDialog(claim.dialog) };
    case "limit_hit":
    case "limit_warning":
      return { ...claim, message: clean(claim.message) };
    case "quota":
      return {
        ...claim,
        plan: cleanOrNull(claim.plan),
        windows: claim.windows.map((window) => ({ ...window, name: clean(window.name) })),
      };
    case "screen": {
      const { reading } = claim;
      return {
        ...claim,
        reading: {
          ...reading,
          because: clean(reading.because),
          dialog: reading.dialog ? cleanDialog(reading.dialog) : null,
          composer: reading.composer
            ? { ...reading.composer, draft: clean(reading.composer.draft) }
            : null,
        },
      };
    }
    default:
      return claim;
  }
}
