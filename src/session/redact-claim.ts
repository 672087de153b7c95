import type { Claim } from "../domain/observation.ts";
import type { Dialog } from "../domain/prompt.ts";
import { redact } from "../platform/redact.ts";

/** Takes secrets out of what a source said, before it is compared, stored or shown. */
export function redactClaim(claim: Claim): Claim {
  switch (claim.kind) {
    case "prompt_taken":
    case "prompt_queued":
    case "message":
      return { ...claim, text: redact(claim.text) };
    case "turn_ended":
      return { ...claim, result: redactOrNull(claim.result), error: redactOrNull(claim.error) };
    case "tool_started":
      return { ...claim, detail: redact(claim.detail) };
    case "dialog_opened":
      return { ...claim, dialog: redactDialog(claim.dialog) };
    case "limit_hit":
    case "limit_warning":
      return { ...claim, message: redact(claim.message) };
    case "screen": {
      const { reading } = claim;
      return {
        ...claim,
        reading: {
          ...reading,
          because: redact(reading.because),
          dialog: reading.dialog ? redactDialog(reading.dialog) : null,
          composer: reading.composer
            ? { ...reading.composer, draft: redact(reading.composer.draft) }
            : null,
        },
      };
    }
    default:
      return claim;
  }
}

function redactDialog(dialog: Dialog): Dialog {
  return { ...dialog, text: redact(dialog.text), subject: redactOrNull(dialog.subject) };
}

function redactOrNull(text: string | null): string | null {
  return text === null ? null : redact(text);
}
