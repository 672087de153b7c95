import { definitionOf } from "../../../detection/known-provider.ts";
import { captureText, readCapture, readSavedScreen } from "../../../detection/screen-file.ts";
import { AgentpoolError } from "../../../domain/errors.ts";
import { judgeScreen, type ScreenVerdict } from "../../../provider/judge-screen.ts";
import { isTerminal } from "../io.ts";
import { print } from "../output.ts";
import type { Values } from "../parse-values.ts";
import type { Shell } from "../shell.ts";

interface Output {
  readonly provider: string;
  readonly state: string;
  readonly prompt: {
    readonly kind: string;
    readonly text: string;
    readonly options: readonly { readonly label: string; readonly key: string | null }[];
  } | null;
  readonly rule: string | null;
  readonly region: string | null;
  readonly confidence: string;
}

const standardInput = 0;

/** Reads one screen by a provider's rules; a local command, since it asks nobody for anything. */
export async function detectRead(shell: Shell, values: Values): Promise<number> {
  const definition = await definitionOf(shell.home, (values["provider"] as string) ?? "");
  const file = (values["file"] as string | undefined) ?? "-";
  if (values["file"] === undefined && isTerminal("stdin")) {
    throw new AgentpoolError("invalid_input", "No screen was given", {
      hint: "Add --file FILE, or pipe one: tmux capture-pane -p -e -t PANE | agentpool detect read",
    });
  }
  const name = file === "-" ? "Standard input" : file;
  const bytes = readCapture(file === "-" ? standardInput : file);
  const { screen, version } = readSavedScreen(captureText(bytes, name), name, {
    cols: (values["cols"] as number | undefined) ?? null,
    rows: (values["rows"] as number | undefined) ?? null,
  });
  const verdict = judgeScreen(definition.screen, screen, version);
  const output = project(definition.id, verdict);
  print(shell, output, () => render(output));
  return 0;
}

function project(provider: string, verdict: ScreenVerdict): Output {
  const { state, prompt, rule, region, confidence } = verdict;
  return {
    provider,
    state,
    prompt: prompt && {
      kind: prompt.kind,
      text: prompt.text,
      options: prompt.options.map(({ label, key }) => ({ label, key })),
    },
    rule,
    region,
    confidence,
  };
}

function render({ provider, state, prompt, rule, region, confidence }: Output): string {
  const why = rule === null ? "no rule fits" : `rule ${rule}, ${region ?? ""}`;
  const asked = prompt
    ? [
        `  ${prompt.kind}: ${prompt.text.split("\n").join("\n    ")}`,
        ...prompt.options.map(({ label, key }) => `    ${(key ?? "-").padEnd(10)} ${label}`),
      ]
    : [];
  return [`${provider}  ${state}  (${confidence}; ${why})`, ...asked].join("\n");
}
