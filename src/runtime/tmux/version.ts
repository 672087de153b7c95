/** What `tmux -V` says, read. */
export interface TmuxVersion {
  readonly major: number;
  readonly minor: number;
  /** As tmux spells it: `3.3a`, `next-3.6`. */
  readonly text: string;
}

/** Control mode got `pause-after`, and command lists got braces, in this version. */
export const oldestTmux = { major: 3, minor: 2 } as const;

/**
 * Reads `tmux 3.3a`, `tmux next-3.6`, `tmux 3.2-rc3`. Undefined for versions without a number
 * (`tmux master`) and for OpenBSD's, which count that system's releases.
 */
export function parseTmuxVersion(text: string): TmuxVersion | undefined {
  const match = /^tmux\s+((?:next-)?(\d+)\.(\d+)\S*)\s*$/.exec(text.trim());
  if (!match) return undefined;
  return { major: Number(match[2]), minor: Number(match[3]), text: match[1] ?? "" };
}

export function isTooOld(version: TmuxVersion): boolean {
  const { major, minor } = oldestTmux;
  return version.major < major || (version.major === major && version.minor < minor);
}

/**
 * The one command that installs tmux here.
 * @param osRelease text of /etc/os-release, empty where there is none
 */
export function installCommand(platform: string, osRelease: string): string {
  if (platform === "darwin") return "brew install tmux";
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap((match) =>
    (match[1] ?? "").replaceAll(/["']/g, "").split(" "),
  );
  const found = ids.map((id) => installers[id]).find((command) => command !== undefined);
  return found ?? "sudo apt-get install -y tmux";
}

const installers: Readonly<Record<string, string>> = {
  debian: "sudo apt-get install -y tmux",
  ubuntu: "sudo apt-get install -y tmux",
  fedora: "sudo dnf install -y tmux",
  rhel: "sudo dnf install -y tmux",
  arch: "sudo pacman -S --noconfirm tmux",
  alpine: "sudo apk add tmux",
  suse: "sudo zypper install -y tmux",
  opensuse: "sudo zypper install -y tmux",
};
