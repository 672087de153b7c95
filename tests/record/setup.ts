/** What is watched, and changed, of the product while it is recorded. */
import { vi } from "vitest";
import type { OpenTerminal, TerminalHost } from "../../src/runtime/terminal.ts";
import { LiveSession } from "../../src/session/live-session.ts";
import { stage } from "./on-stage.ts";

vi.mock("../../src/runtime/tmux/host.ts", async (original) => {
  const real = await original<{ createTmuxHost: (options: unknown) => TerminalHost }>();
  return {
    ...real,
    createTmuxHost: (options: unknown): TerminalHost => {
      const host = real.createTmuxHost(options);
      const open = host.open.bind(host);
      host.open = (spec: OpenTerminal) => open({ ...spec, ...stage.size });
      return host;
    },
  };
});

// oxlint-disable-next-line typescript/unbound-method -- it is called on the session it is taken for
const { observe } = LiveSession.prototype;
LiveSession.prototype.observe = function (statements, cursors): Promise<void> {
  for (const { source, claim, foreign } of statements) {
    if (foreign || claim.kind === "screen" || claim.kind === "tick") continue;
    stage.told.push({ at: Date.now(), source, claim });
  }
  return observe.call(this, statements, cursors);
};
