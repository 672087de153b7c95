import { defineConfig } from "vitest/config";

/** Figures for docs/benchmarks.md; run by hand: `npm run test:long`. */
export default defineConfig({
  test: {
    include: ["tests/long/**/*.test.ts"],
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 1,
  },
});
