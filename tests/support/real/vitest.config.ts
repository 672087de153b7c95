/** Tests with real agent CLIs; started by scripts/test-real, which shuts them in. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  test: {
    include: ["tests/real/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One agent CLI takes up to 0.9 GB, and a whole core while it starts; afterwards it mostly waits.
    maxWorkers: 2,
  },
});
