/** Where the agent keeps its files: in the home, or where a person moved that for it. */
export function factoryFolder(env: Readonly<Record<string, string>>): string {
  const moved = env["FACTORY_HOME_OVERRIDE"] ?? "";
  return `${(moved === "" ? (env["HOME"] ?? "") : moved).replace(/\/+$/, "")}/.factory`;
}

/** The folder with the conversations that were held in a work folder. */
export function sessionsFolder(factory: string, workPath: string): string {
  return `${factory}/sessions/${workPath.replaceAll("/", "-")}`;
}
