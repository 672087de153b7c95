import type { Style } from "../../../operations/define.ts";
import type { EventJson } from "../../../operations/projection.ts";

/** What an event says to somebody who watches, or undefined for what only matters inside. */
export function narrate(event: EventJson, style: Style): string | undefined {
  const shownBy = "source" in event ? style.dim(` (shown by: ${event.source})`) : "";
  switch (event.type) {
    case "session_started":
      return `runs in tmux pane ${event.pane}`;
    case "turn_started":
      return `took the task${shownBy}`;
    case "prompt_opened":
      return `${style.yellow(asks[event.kind] ?? "asks: ")}${firstLine(event.text)}${shownBy}`;
    case "prompt_answered":
      return `got the answer "${event.label ?? ""}" ${style.dim(`through ${event.via}`)}`;
    case "prompt_answer_unconfirmed":
      return style.yellow(`did not show that it took the answer: ${event.because}`);
    case "turn_completed":
      return `${style.green("finished")}${shownBy}`;
    case "turn_failed":
    case "turn_limited":
      return `${style.red(event.type.replace("_", " "))} ${event.error ?? ""}`;
    case "session_exited":
      return `left with exit code ${event.exit_code ?? "unknown"}`;
    default:
      return undefined;
  }
}

const asks: Readonly<Record<string, string>> = {
  question: "asks: ",
  approval: "wants approval: ",
  plan: "presents a plan: ",
  startup: "asks at its start: ",
  limit: "asks about a limit: ",
};

function firstLine(text: string): string {
  return text.trim().split("\n")[0]?.slice(0, 80) ?? "";
}
