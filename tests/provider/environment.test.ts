import { describe, expect, test } from "vitest";
import { agentEnvironment } from "../../src/provider/environment.ts";

const none = { declared: [], named: [] };

describe("an agent's environment", () => {
  test("has what any program needs", () => {
    const asking = {
      PATH: "/bin",
      HOME: "/home/me",
      LANG: "C.UTF-8",
      LC_ALL: "C",
      XDG_CONFIG_HOME: "/c",
      SSH_AUTH_SOCK: "/s",
      https_proxy: "http://p",
      NO_PROXY: "x",
      NODE_EXTRA_CA_CERTS: "/ca",
      GIT_AUTHOR_NAME: "me",
      GIT_SSH_COMMAND: "ssh -i k",
    };
    expect(agentEnvironment(asking, none).values).toEqual(asking);
  });

  test("has nothing else, secrets least of all", () => {
    const asking = {
      AWS_SECRET_ACCESS_KEY: "s",
      GITHUB_TOKEN: "s",
      OTHER: "x",
      NODE_OPTIONS: "--inspect",
      LD_PRELOAD: "x.so",
      "BASH_FUNC_x%%": "() { :; }",
      TERM: "xterm-kitty",
      UNSET: undefined,
    };
    expect(agentEnvironment(asking, none).values).toEqual({});
  });

  test("has the names its provider declares and the caller asks for, as far as they are set", () => {
    const asking = { SAMPLE_KEY: "k", EXTRA: "e", OTHER: "o" };
    const environment = agentEnvironment(asking, {
      declared: ["SAMPLE_KEY", "SAMPLE_HOME"],
      named: ["EXTRA", "GONE"],
    });
    expect(environment).toEqual({
      values: { SAMPLE_KEY: "k", EXTRA: "e" },
      missing: ["GONE"],
      refused: [],
    });
  });

  test("has no marks of an outer agent, even if asked for", () => {
    const asking = {
      CLAUDECODE: "1",
      CLAUDE_CODE_ENTRYPOINT: "cli",
      CODEX_SANDBOX: "seatbelt",
      OPENCODE_SERVER: "x",
      AGENTPOOL_SESSION_ID: "ap_outer",
      AGENTPOOL_SESSION_TOKEN: "t",
      TMUX: "/tmp/x,1,0",
      TMUX_PANE: "%1",
    };
    const environment = agentEnvironment(asking, { declared: [], named: ["CLAUDECODE", "TMUX"] });
    expect(environment).toEqual({ values: {}, missing: [], refused: ["CLAUDECODE", "TMUX"] });
  });

  test("has what its provider needs although it begins like such a mark", () => {
    const asking = { CODEX_HOME: "/c", CODEX_SANDBOX: "1", CLAUDE_CODE_OAUTH_TOKEN: "t" };
    const environment = agentEnvironment(asking, {
      declared: ["CODEX_HOME", "CLAUDE_CODE_OAUTH_TOKEN"],
      named: ["CODEX_HOME"],
    });
    expect(environment.values).toEqual({ CODEX_HOME: "/c", CLAUDE_CODE_OAUTH_TOKEN: "t" });
    expect(environment.refused).toEqual([]);
  });

  test("has nothing that would make its git work in another repository", () => {
    const asking = {
      GIT_DIR: "/other/.git",
      GIT_WORK_TREE: "/other",
      GIT_INDEX_FILE: "i",
      GIT_PREFIX: "p",
    };
    expect(agentEnvironment(asking, none).values).toEqual({});
  });
});
