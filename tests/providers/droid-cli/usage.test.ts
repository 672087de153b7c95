import { expect, test } from "vitest";
import provider from "../../../providers/droid-cli/provider.ts";
import { statusOfWindows } from "../../../src/domain/usage-rules.ts";
import { cleanWindows } from "../../../src/domain/usage-windows.ts";
import { t0 } from "../../support/session.ts";
import { usageContext } from "../../support/usage-context.ts";

const [probe] = provider.usage?.probes ?? [];
const day = 86_400_000;

/** The account's folder as it would lie on a disk. */
function place(files: Readonly<Record<string, readonly [mtimeMs: number, text: string]>>) {
  const list = async (folder: string) => {
    const below = Object.entries(files).filter(([path]) => path.startsWith(`${folder}/`));
    const names = new Map(
      below.map(([path, [mtimeMs]]) => [
        path.slice(folder.length + 1).split("/")[0] ?? "",
        mtimeMs,
      ]),
    );
    return [...names].map(([name, mtimeMs]) => ({ name, mtimeMs }));
  };
  const read = async (path: string) => files[path]?.[1];
  return usageContext({ folder: "/f", list, read });
}

const settings = (factoryCredits: unknown): string =>
  JSON.stringify({ tokenUsage: { factoryCredits } });

test("the credits of the last 30 days' conversations are added up; what is left nobody knows", async () => {
  const given = await probe?.ask(
    place({
      "/f/sessions/-a/1.settings.json": [t0 - day, settings(1_200)],
      "/f/sessions/-a/1.jsonl": [t0, "{}"],
      "/f/sessions/-b/2.settings.json": [t0 - 2 * day, settings(34)],
      "/f/sessions/-b/3.settings.json": [t0 - 31 * day, settings(9_999)],
      "/f/sessions/-b/4.settings.json": [t0, '{"tokenUsage": {'],
    }),
  );

  const windows = cleanWindows(given?.windows ?? [], t0);
  expect(windows).toMatchObject([
    { name: "credits, 30 days", kind: "credits", usedUnits: 1_234, remainingPercent: null },
  ]);
  expect(statusOfWindows(windows, t0)).toBe("unknown");
});

test("without conversations nothing is known", async () => {
  await expect(probe?.ask(place({}))).rejects.toMatchObject({ code: "usage_unknown" });
  await expect(
    probe?.ask(place({ "/f/sessions/-a/1.settings.json": [t0, settings("many")] })),
  ).rejects.toMatchObject({ code: "usage_unknown" });
});
