import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepo, openHome, type TestHome } from "../support/home.ts";

const today = (): string => new Date().toISOString().slice(0, 10);

function ownModels(home: TestHome, file: object | string): void {
  mkdirSync(home.home.models, { recursive: true });
  const text = typeof file === "string" ? file : JSON.stringify(file);
  writeFileSync(join(home.home.models, "fake.json"), text);
}

async function warningsOf(home: TestHome, fields: Record<string, unknown>): Promise<string[]> {
  const spawned = await home.ask<{ session: { model: string }; warnings: string[] }>(
    "session.spawn",
    {
      provider_id: "fake",
      task: "Say hello",
      repo_path: makeRepo(home.folder, `repo-${Object.values(fields).join("-")}`),
      isolation: "shared",
      ...fields,
    },
  );
  expect(spawned.session.model).toBe(fields["model"] ?? "fake");
  return spawned.warnings;
}

test("a start with a model or effort the CLI does not know goes on, and says so", async () => {
  const home = await openHome();
  ownModels(home, {
    complete: true,
    checked: today(),
    models: [{ id: "fake-2", aliases: ["two"], efforts: ["low"] }],
  });

  expect(await warningsOf(home, { model: "fkae-2" })).toEqual([
    `fake knows no model "fkae-2", as of ${today()}; nearest is fake-2`,
  ]);
  expect(await warningsOf(home, { model: "two", reasoning_effort: "high" })).toEqual([
    'fake-2 of fake has no reasoning effort "high"; it has low',
  ]);
  expect(await warningsOf(home, { model: "two", reasoning_effort: "low" })).toEqual([]);
  expect(await warningsOf(home, {})).toEqual([]);
});

test("a broken file of models spoils no start", async () => {
  const home = await openHome();
  ownModels(home, '{ "models": [');

  expect(await warningsOf(home, { model: "anything" })).toEqual([
    `${join(home.home.models, "fake.json")} is broken; agentpool models validate tells why`,
  ]);
});
