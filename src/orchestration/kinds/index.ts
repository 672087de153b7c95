import type { RunKind, RunKindName } from "../../domain/run.ts";
import { pipeline } from "./pipeline.ts";
import { pool } from "./pool.ts";
import { swarm } from "./swarm.ts";
import { team } from "./team.ts";

/** Every run kind that there is; a new one is a line here. */
const kinds: Readonly<Record<RunKindName, RunKind>> = { pool, pipeline, swarm, team };

export function runKind(name: RunKindName): RunKind {
  return kinds[name];
}
