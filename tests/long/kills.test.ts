// needs: tmux, git
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { copyBuild, type BuildCopy } from "../support/build-copy.ts";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { playKilled, scenarios, type Instant } from "../support/kill-scenarios.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";

let build: BuildCopy;
beforeAll(() => {
  ensureBuilt();
  build = copyBuild(join(mkdtempSync(join(tmpdir(), "ap-")), "copy"), {
    supervisorLoads: join(import.meta.dirname, "../support/programs/sabotage.mjs"),
  });
}, 120_000);

const only = process.env["ONLY"];

test.each(Object.keys(scenarios).filter((name) => !only || name === only))(
  "%s",
  async (name) => {
    const scenario = scenarios[name]!;
    const bad: string[] = [];
    for (const step of ["commit", "ask"] as const) {
      for (const moment of ["before", "after"] as const) {
        for (let n = 1; n < 60; n++) {
          const instant: Instant = { step, moment, n };
          const home = cliHome({ bin: build.bin });
          let played;
          try {
            played = await playKilled(home, scenario, instant);
          } catch (e) {
            played = { died: true, complaints: [String(e)] };
          }
          if (played.complaints.length > 0) {
            bad.push(`${step} ${moment} ${n}: ${played.complaints.join("; ")}`);
            console.log(bad.at(-1));
          }
          if (!played.died) {
            console.log(`${step} ${moment}: ${n - 1} instants`);
            break;
          }
        }
      }
    }
    expect(bad).toEqual([]);
  },
  3_600_000,
);
