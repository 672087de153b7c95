import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/real/**", "tests/record/**", "tests/long/**", "**/node_modules/**"],
    // Tests start real tmux servers, agents and supervisors; each carries its own bounded waits.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: "forks",
    // they wait more than they work: two for two cores leave half of these idle
    maxWorkers: 3,
  },
});
