import type { Claim } from "../domain/observation.ts";
import type { Dialog } from "../domain/prompt.ts";
import { redact } from "../platform/redact.ts";

/** Takes secrets out of what a source said, before it is compared, stored or shown. */
export function redactClaim(claim: Claim, secrets: readonly string[]): Claim {
  const clean = (text: string): string => redact(text, secrets);
  const cleanOrNull = (text: string | null): string | null => (text === null ? null : clean(text));
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
      return { ...claim, dialog: redactDialog(claim.dialog, secrets) };
    case "dialog_closed":
      return { ...claim, how: clean(claim.how) };
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
          dialog: reading.dialog ? redactDialog(reading.dialog, secrets) : null,
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

/**
 * A dialog as it is remembered. Whoever looks for it on a screen again compares what this makes of
 * the screen. What an option is chosen by (its key, its reply) stays as the agent needs it.
 */
export function redactDialog(dialog: Dialog, secrets: readonly string[]): Dialog {
  return {
    ...dialog,
    text: redact(dialog.text, secrets),
    subject: dialog.subject === null ? null : redact(dialog.subject, secrets),
    options: dialog.options.map((option) => ({ ...option, label: redact(option.label, secrets) })),
  };
}
