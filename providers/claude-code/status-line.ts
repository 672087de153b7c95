import type { LaunchPlan, LaunchRequest } from "../../src/provider/definition.ts";

/** The name under which a changed quota is handed over; no event of the CLI is called so. */
export const quotaEvent = "Quota";

/**
 * The CLI tells how much of a subscription is used to the program that draws its status line, and
 * to nobody else. The script hands that on when it changed since the last time, and draws nothing:
 * what it is told several times a second while the agent works costs a shell and no more.
 */
export function statusLine(request: LaunchRequest): {
  readonly setting: Readonly<Record<string, unknown>>;
  readonly file: LaunchPlan["files"][number];
} {
  const script = `${request.folder}/status-line.sh`;
  return {
    setting: { type: "command", command: `exec /bin/sh ${quote(script)}`, padding: 0 },
    file: { path: script, content: scriptText(request) },
  };
}

function scriptText({ folder, hook }: LaunchRequest): string {
  return `# hands on the quota in what the CLI tells its status line, when it changed
exec 2>/dev/null
told=$(cat)
case $told in *'"rate_limits":'*) ;; *) exit 0 ;; esac
quota=\${told#*'"rate_limits":'}
quota=\${quota%%'}}'*}
known=
[ -r ${quote(`${folder}/quota`)} ] && IFS= read -r known <${quote(`${folder}/quota`)}
[ "$known" = "$quota" ] && exit 0
umask 077
printf '%s\\n' "$quota" >${quote(`${folder}/quota`)}
printf '%s' "$told" | (${hook(quotaEvent)})
`;
}

/** A word for the shell: nothing in single quotes has a meaning. */
function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
