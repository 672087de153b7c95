import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/real/**", "tests/record/**", "tests/long/**", "**/node_modules/**"],
    // Tests start real tmux servers, agents and supervisors; each carries its own bounded waits, and
    // those are to say what did not come: they end well before these.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // they wait more than they work: two for two cores leave half of these idle
    maxWorkers: 3,
  },
});
