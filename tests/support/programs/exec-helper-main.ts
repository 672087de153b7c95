// the product's own program, for tests that start it from the sources
await import("../../../src/platform/exec-helper-main.ts");
