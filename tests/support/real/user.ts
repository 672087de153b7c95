/**
 * A throw-away person who has an agent CLI set up for a model service of their own: a HOME with
 * the CLI's configuration and an environment. agentpool is told nothing of all this; it finds the
 * same as on the machine of somebody who works behind a proxy.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { AgentName, RealAgent } from "./agent.ts";
import { cacheFolder, pathWith } from "./agent.ts";

const run = promisify(execFile);

export interface AgentUser {
  readonly home: string;
  /** A git repository with one commit. */
  readonly repo: string;
  /** The whole environment of the person's shell, and so of the command that asks agentpool. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes the home and the repository. */
  readonly remove: () => Promise<void>;
}

export interface AgentUserOptions {
  /** Address of the mock model. */
  readonly modelUrl: string;
  readonly env?: Readonly<Record<string, string>>;
  /** An empty folder for the home; one of its own by default. */
  readonly home?: string;
}

/** Sets up the person. Nothing lies under the temp folder: codex switches parts of itself off there. */
export async function createAgentUser(
  agent: RealAgent,
  options: AgentUserOptions,
): Promise<AgentUser> {
  const home = options.home ?? (await freshHome(agent));
  const repo = join(home, "project");
  const setUp = SETUPS[agent.name](home, options.modelUrl);
  for (const [path, content] of Object.entries(setUp.files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), content);
  }
  const env = {
    HOME: home,
    USER: "tester",
    LANG: "C.UTF-8",
    SHELL: "/bin/bash",
    TERM: "xterm-256color",
    PATH: pathWith(agent),
    // some leave 14 MB there at each start
    TMPDIR: join(home, "tmp"),
    ...setUp.env,
    ...options.env,
  };
  await mkdir(env.TMPDIR);
  await createRepository(repo, env);
  return {
    home,
    repo,
    env,
    // An agent that is just ending may still write; a second attempt sees it gone.
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

async function freshHome(agent: RealAgent): Promise<string> {
  const homes = join(cacheFolder, "homes");
  await mkdir(homes, { recursive: true });
  return mkdtemp(join(homes, `${agent.name}-`));
}

interface SetUp {
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

const SETUPS: Record<AgentName, (home: string, modelUrl: string) => SetUp> = {
  codex: (_home, modelUrl) => ({
    files: {
      ".codex/config.toml": [
        'model = "gpt-6-sol"',
        'model_provider = "proxy"',
        "[analytics]",
        "enabled = false",
        "[model_providers.proxy]",
        'name = "Proxy"',
        `base_url = "${modelUrl}/v1"`,
        'env_key = "OPENAI_API_KEY"',
        'wire_api = "responses"',
        "request_max_retries = 1",
        "stream_max_retries = 1",
        "",
      ].join("\n"),
    },
    env: { OPENAI_API_KEY: "sk-not-a-real-key" },
  }),
  claude: (_home, modelUrl) => ({
    files: {
      ".claude.json": JSON.stringify({ hasCompletedOnboarding: true, theme: "dark" }),
    },
    // An OAuth token makes it read the subscription's quota headers; an API key does not.
    env: {
      ANTHROPIC_BASE_URL: modelUrl,
      CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-not-a-real-token",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_MAX_RETRIES: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_TELEMETRY: "1",
      DISABLE_ERROR_REPORTING: "1",
    },
  }),
  opencode: (_home, modelUrl) => ({
    files: {
      ".config/opencode/opencode.json": JSON.stringify({
        $schema: "https://opencode.ai/config.json",
        autoupdate: false,
        share: "disabled",
        model: "proxy/model",
        small_model: "proxy/model",
        permission: { bash: "ask", edit: "ask", question: "allow" },
        provider: {
          proxy: {
            npm: "@ai-sdk/openai-compatible",
            name: "Proxy",
            options: { baseURL: `${modelUrl}/v1`, apiKey: "sk-not-a-real-key" },
            models: { model: { name: "Model", limit: { context: 200_000, output: 32_000 } } },
          },
        },
      }),
    },
    // At its first start it installs a plugin package with npm; without a registry that answers,
    // it waits for minutes.
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      npm_config_registry: `${modelUrl}/npm/`,
      npm_config_fetch_retries: "0",
    },
  }),
  // A model service of one's own, so that no login is needed and nothing of the vendor is asked.
  copilot: (home, modelUrl) => ({
    files: {
      ".copilot/config.json": JSON.stringify({ trustedFolders: [join(home, "project")] }),
    },
    env: {
      COPILOT_OFFLINE: "true",
      COPILOT_PROVIDER_BASE_URL: `${modelUrl}/v1`,
      COPILOT_PROVIDER_API_KEY: "sk-not-a-real-key",
      COPILOT_PROVIDER_WIRE_API: "completions",
      // the model's name decides which tools it is offered
      COPILOT_MODEL: "claude-sonnet-4.6",
      COPILOT_AUTO_UPDATE: "false",
    },
  }),
  droid: (home, modelUrl) => ({
    files: {
      ".factory/settings.json": JSON.stringify({
        customModels: [
          {
            id: "custom:mock",
            model: "mock",
            displayName: "Mock",
            baseUrl: `${modelUrl}/v1`,
            apiKey: "sk-not-a-real-key",
            provider: "generic-chat-completion-api",
            maxOutputTokens: 32_000,
          },
        ],
        model: "custom:mock",
        cloudSessionSync: false,
        trustedFolders: { [home]: { trustedAt: "2026-01-01T00:00:00.000Z" } },
      }),
    },
    // Without a network nobody can sign in; shut off from one on purpose, it asks for no account.
    env: {
      FACTORY_AIRGAP_ENABLED: "true",
      FACTORY_DROID_AUTO_UPDATE_ENABLED: "false",
      FACTORY_DISABLE_KEYRING: "true",
    },
  }),
};

async function createRepository(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "README.md"), "# Project\n");
  const git = async (...args: string[]): Promise<void> => {
    await run(
      "git",
      ["-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.org", ...args],
      {
        env,
        timeout: 10_000,
      },
    );
  };
  await git("init", "-q", "-b", "main");
  await git("add", "-A");
  await git("commit", "-q", "-m", "first");
}
