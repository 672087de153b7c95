import { expect, test } from "vitest";
import { createTmuxHost } from "../../../src/runtime/tmux/host.ts";
import { installCommand, isTooOld, parseTmuxVersion } from "../../../src/runtime/tmux/version.ts";
import { executable } from "../../support/programs.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { tmuxTestBed } from "../../support/tmux.ts";

test.each([
  ["tmux 3.3a", { major: 3, minor: 3, text: "3.3a" }],
  ["tmux 3.2\n", { major: 3, minor: 2, text: "3.2" }],
  ["tmux 3.2-rc3", { major: 3, minor: 2, text: "3.2-rc3" }],
  ["tmux next-3.6", { major: 3, minor: 6, text: "next-3.6" }],
  ["tmux 10.11b", { major: 10, minor: 11, text: "10.11b" }],
])("the version is read from %j", (said, version) => {
  expect(parseTmuxVersion(said)).toEqual(version);
});

test.each(["tmux master", "tmux openbsd-7.5", "", "screen 4.9"])(
  "%j holds no version that could be compared",
  (said) => {
    expect(parseTmuxVersion(said)).toBeUndefined();
  },
);

test.each([
  ["tmux 3.1c", true],
  ["tmux 2.9", true],
  ["tmux 3.2", false],
  ["tmux 3.3a", false],
  ["tmux 4.0", false],
])("%s is too old: %s", (said, old) => {
  const version = parseTmuxVersion(said);

  expect(version && isTooOld(version)).toBe(old);
});

test.each([
  ["darwin", "", "brew install tmux"],
  ["linux", 'ID=ubuntu\nID_LIKE="debian"\n', "sudo apt-get install -y tmux"],
  ["linux", 'NAME="Rocky"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', "sudo dnf install -y tmux"],
  ["linux", "ID=alpine\n", "sudo apk add tmux"],
  ["linux", "ID=arch\n", "sudo pacman -S --noconfirm tmux"],
  ["linux", "", "sudo apt-get install -y tmux"],
])("on %s with %j tmux is installed by: %s", (platform, osRelease, command) => {
  expect(installCommand(platform, osRelease)).toBe(command);
});

test("a missing tmux is an error that says how to install it", async () => {
  const { host } = tmuxTestBed({ tmuxBinary: "no-such-tmux" });

  await expect(host.connect()).rejects.toMatchObject({
    code: "tmux_missing",
    hint: expect.stringContaining("tmux") as string,
  });
});

test("an old tmux is refused with its version", async () => {
  const tmuxBinary = executable(tempFolder(), "tmux", "#!/bin/sh\necho tmux 3.1c\n");
  const { host } = tmuxTestBed({ tmuxBinary });

  await expect(host.connect()).rejects.toMatchObject({
    code: "tmux_too_old",
    details: { version: "3.1c" },
  });
});

test.each(["relative/tmux.sock", `/tmp/${"x".repeat(100)}`])(
  "a socket at %s is refused before anything is started",
  (socketPath) => {
    const log = (): void => undefined;
    const machine = { process: async () => undefined, signal: async () => false };

    const create = () =>
      createTmuxHost({ socketPath, epoch: 1, serverEnv: {}, machine, log, now: Date.now });

    expect(create).toThrow(expect.objectContaining({ code: "invalid_input" }));
  },
);
