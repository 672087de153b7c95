import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { ConfigEntry, Origin } from "../../../platform/config/config.ts";
import { stampOf } from "../../../platform/config/document.ts";
import { editConfig } from "../../../platform/config/edit.ts";
import { configReader, findProjectFile, projectFileName } from "../../../platform/config/reader.ts";
import { plainValue, toTree, toYaml } from "../../../platform/config/render.ts";
import { validateFile, type Finding } from "../../../platform/config/validate.ts";
import { Catalogue } from "../../../provider/discover.ts";
import { unknownProviders } from "../../../provider/named-providers.ts";
import { writeErr } from "../io.ts";
import { print } from "../output.ts";
import type { Shell } from "../shell.ts";

/** Where settings are read from. */
export async function configPath(shell: Shell): Promise<number> {
  const { home, env, cwd } = shell;
  const output = {
    path: home.config,
    exists: stampOf(home.config) !== undefined,
    from: env["AGENTPOOL_CONFIG"] ? "AGENTPOOL_CONFIG" : "home",
    project: findProjectFile(cwd, home.config) ?? null,
  };
  print(shell, output, () => output.path);
  return 0;
}

/** The settings in force, nested like the file. */
export async function configPrint(shell: Shell): Promise<number> {
  const config = await configReader(shell)(shell.cwd);
  warn(shell, config.warnings);
  const tree = toTree(config.entries);
  const text = shell.json ? "" : toYaml(tree);
  print(shell, tree, () => text);
  return 0;
}

/** The settings in force, one a line. */
export async function configShow(
  shell: Shell,
  wanted: { readonly origin: boolean; readonly changed: boolean },
): Promise<number> {
  const config = await configReader(shell)(shell.cwd);
  warn(shell, config.warnings);
  const entries = config.entries.filter(
    ({ origin }) => !wanted.changed || origin.source !== "default",
  );
  const output = {
    settings: entries.map((entry) => ({
      key: entry.key,
      value: plainValue(entry),
      origin: entry.origin,
    })),
  };
  print(shell, output, () => table(shell, entries, wanted.origin));
  return 0;
}

/** Every fault of the files. Exit status 2 when one cannot be used. */
export async function configValidate(shell: Shell, path: string | undefined): Promise<number> {
  const { home, cwd } = shell;
  const project = findProjectFile(cwd, home.config);
  const files =
    path === undefined
      ? [home.config, ...(project === undefined ? [] : [project])]
      : [resolve(cwd, path)];
  const found = await Promise.all(
    files.map((file) =>
      validateFile(file, basename(file) === projectFileName ? "project" : "user"),
    ),
  );
  const errors = found.flatMap((one) => [...one.errors]);
  const warnings = found.flatMap((one) => [...one.warnings]);
  const [only] = found;
  if (path !== undefined && only?.exists === false) {
    throw new AgentpoolError("invalid_config", `There is no ${only.file}`, {
      hint: "agentpool config path",
    });
  }
  if (path === undefined && errors.length === 0) {
    try {
      const config = await configReader(shell)(cwd);
      for (const { line, file, key, message } of config.warnings) {
        const text = `${key} ${message}`;
        if (warnings.some((one) => one.message === text && one.file === file)) continue;
        warnings.push({ file, line: line ?? null, message: text });
      }
      const { providers } = await new Catalogue(
        home.providers,
        join(shell.dist, "providers"),
      ).facts();
      const known = providers.flatMap(({ facts }) => [facts.id, ...facts.aliases]);
      for (const { entry, message } of unknownProviders(config, known)) {
        const { file, line } =
          "file" in entry.origin ? entry.origin : { file: home.config, line: null };
        warnings.push({ file, line, message: `${entry.key} ${message}` });
      }
    } catch (thrown) {
      // no fault of one file: what the environment says, or a file that is read no more
      const error = AgentpoolError.from(thrown);
      errors.push({ file: home.config, line: null, message: `${error.message}: ${error.why}` });
    }
  }
  const ok = errors.length === 0;
  const output = {
    ok,
    files: found.map(({ file, exists }) => ({ path: file, exists })),
    errors,
    warnings,
  };
  print(shell, output, () =>
    [
      ...errors.map((one) => `${shell.style.red("error")}  ${where(one)}`),
      ...warnings.map((one) => `${shell.style.yellow("warn")}   ${where(one)}`),
      ...found.map(
        ({ file, exists, errors: its }) =>
          `${its.length === 0 ? (exists ? "ok    " : "none  ") : "wrong "} ${file}`,
      ),
    ].join("\n"),
  );
  return ok ? 0 : 2;
}

/** Sets or removes one key. */
export async function configEdit(
  shell: Shell,
  key: string,
  { value, dryRun }: { readonly value: string | undefined; readonly dryRun: boolean },
): Promise<number> {
  const file = shell.home.config;
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const content = editConfig(file, key, value, { dryRun });
  const output = { path: file, key, written: !dryRun, content };
  const done = value ?? (content === before ? "is not set there; nothing was changed" : "removed");
  print(shell, output, () => (dryRun ? content : `${file}: ${key} ${done}`));
  return 0;
}

function table(shell: Shell, entries: readonly ConfigEntry[], origin: boolean): string {
  if (entries.length === 0) return "The defaults hold.";
  const width = Math.max(...entries.map(({ key }) => key.length));
  const values = entries.map((entry) => JSON.stringify(plainValue(entry)));
  const valueWidth = Math.min(40, Math.max(...values.map((one) => one.length)));
  return entries
    .map(({ key, origin: from }, index) => {
      const value = values[index] ?? "";
      if (!origin) return `${key.padEnd(width)}  ${value}`;
      return `${key.padEnd(width)}  ${value.padEnd(valueWidth)}  ${shell.style.dim(originText(from))}`;
    })
    .join("\n");
}

function originText(origin: Origin): string {
  if (origin.source === "default") return "default";
  if (origin.source === "environment") return `environment ${origin.name}`;
  return origin.line === null ? origin.file : `${origin.file}:${origin.line}`;
}

function warn(
  shell: Shell,
  warnings: readonly {
    readonly file: string;
    readonly line: number | undefined;
    readonly key: string;
    readonly message: string;
  }[],
): void {
  for (const { file, line, key, message } of warnings) {
    const text = where({ file, line: line ?? null, message: `${key} ${message}` });
    writeErr(`${shell.style.yellow("warning:")} ${text}\n`);
  }
}

function where({ file, line, message }: Finding): string {
  return `${line === null ? file : `${file}:${line}`}: ${message}`;
}
