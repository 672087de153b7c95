type Environment = Readonly<Record<string, string>>;

/** Where the agent keeps its log, its conversations and its sign-in. */
export function dataFolder(env: Environment): string {
  return `${base(env, "XDG_DATA_HOME", ".local/share")}/devin`;
}

/** The person's settings. */
export function settingsFile(env: Environment): string {
  return `${base(env, "XDG_CONFIG_HOME", ".config")}/devin/config.json`;
}

function base(env: Environment, variable: string, inHome: string): string {
  const moved = (env[variable] ?? "").replace(/\/+$/, "");
  return moved === "" ? `${env["HOME"] ?? ""}/${inHome}` : moved;
}
