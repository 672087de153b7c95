import type { Screen } from "../../../src/provider/read-screen.ts";

/**
 * Screens composed from the wording in documentation and in other people's recordings: nobody ran
 * the program here.
 */
function drawn(...lines: string[]): Screen {
  return { lines, title: "Cursor Agent" };
}

const footer = ["", "  Composer 2.5", "  ~/project · main"];

export const idle = drawn("  Cursor Agent", "", "  → Plan, search, build anything", ...footer);

export const followUp = drawn("  Done.", "", "  → Add a follow-up", ...footer);

export const draft = drawn("  Done.", "", "  → half a thought", "    and its rest", ...footer);

export const running = drawn(
  "  I look.",
  " ⠠⠛ Running  67 tokens",
  "",
  "  → Add a follow-up                                          ctrl+c to stop",
  ...footer,
);

export const reading = drawn("  ⬡ Reading…", " ⬡ Reading…", "", "  → Add a follow-up", ...footer);

export const command = drawn(
  "  $  npm test in .",
  "",
  "  Run this command?",
  "  Not in allowlist: npm test",
  "   → Run (once) (y)",
  "     Add Shell(npm) to allowlist? (tab)",
  "     Run Everything (shift+tab)",
  "     Skip (esc or n)",
);

export const write = drawn(
  "  notes.txt",
  "  Write to this file?",
  "   → Proceed (y)",
  "     Add Write(notes.txt) to allowlist? (tab)",
  "     Reject & propose changes (esc or n or p)",
);

export const fetching = drawn(
  "  Allow this web fetch?",
  "   → Fetch (y)",
  "     Always allow example.org (tab)",
  "     Skip (esc or n)",
);

export const trust = drawn(
  "  ⚠ Workspace Trust Required",
  "",
  "  Do you trust the contents of this directory?",
  "",
  "  /home/dev/project",
  "",
  "  ▶ [a] Trust this workspace",
  "    [q] Quit",
  "",
  "  Use arrow keys to navigate, Enter to select, or press the key shown",
);

export const login = drawn("  Cursor Agent", "", "  Press any key to log in...");

export const prose = drawn(
  "  The program asks: Run this command? and offers Run (once).",
  "  Press ctrl+c to stop it, or type Skip.",
  "",
  "  → Add a follow-up",
  ...footer,
);
