/** Recording real agent CLIs, by hand; started by scripts/record-screens.mjs, which shuts them in. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["tests/record/**/*.test.ts"],
    setupFiles: ["tests/record/setup.ts"],
    testTimeout: 400_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 1,
  },
});
