import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  decode,
  encode,
  messageAt,
  numberAt,
  textAt,
} from "../../../providers/devin-cli/protobuf.ts";
import { readPlanStatus, usage } from "../../../providers/devin-cli/usage.ts";
import { statusOfWindows } from "../../../src/domain/usage-rules.ts";
import { cleanWindows } from "../../../src/domain/usage-windows.ts";
import type { UsageContext } from "../../../src/provider/definition.ts";
import { t0 } from "../../support/session.ts";
import { answering, usageContext } from "../../support/usage-context.ts";

const [probe] = usage.probes;
const key = "devin-key-0123456789";
const credentials = `# mine\nwindsurf_api_key = "${key}"\napi_server_url = 'https://eu.codeium.com/'\n`;
const places: Readonly<Record<string, string>> = {
  "/h/.local/share/devin/credentials.toml": credentials,
};

/** A message within a message: its bytes as the text of a field. */
function inner(field: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([field * 8 + 2, ...lengthOf(bytes), ...bytes]);
}

function lengthOf(bytes: Uint8Array): number[] {
  return bytes.length < 128 ? [bytes.length] : [(bytes.length % 128) + 128, bytes.length >> 7];
}

function planStatus(fields: readonly (readonly [number, string | number])[]): Uint8Array {
  const info = inner(
    1,
    encode([
      [1, 3],
      [2, "Team"],
    ]),
  );
  return inner(1, Uint8Array.from([...info, ...encode(fields)]));
}

const recorded = planStatus([
  [14, 93],
  [15, 75],
  [16, 90_498_189],
  [17, 1_800_060_000],
  [18, 1_800_400_000],
]);

async function ask(parts: Partial<UsageContext>) {
  const given = await probe?.ask(
    usageContext({ env: { HOME: "/h" }, read: async (path) => places[path], ...parts }),
  );
  return { plan: given?.plan, windows: cleanWindows(given?.windows ?? [], t0) };
}

test("the plan's status: 93 % of the day, 75 % of the week, $90.498189 besides", async () => {
  const service = answering(200, recorded);
  const { plan, windows } = await ask(service);

  expect(
    windows.map(({ name, kind, remainingPercent, remainingUnits, resetsAt }) => [
      name,
      kind,
      remainingPercent,
      remainingUnits,
      resetsAt,
    ]),
  ).toEqual([
    ["daily", "daily", 93, null, 1_800_060_000_000],
    ["weekly", "weekly", 75, null, 1_800_400_000_000],
    ["extra usage", "on_demand", null, 90.498189, null],
  ]);
  expect(plan).toBe("Team");
  expect(statusOfWindows(windows, t0)).toBe("available");
  const [[url, options] = ["", {}]] = service.asked;
  expect(url).toBe(
    "https://eu.codeium.com/exa.seat_management_pb.SeatManagementService/GetPlanStatus",
  );
  const sent = decode((options as { body: Uint8Array }).body);
  expect([textAt(sent, 1), numberAt(sent, 2)]).toEqual([key, 1]);
});

test("a spent day has no field for its share, and is spent all the same", () => {
  const { windows } = readPlanStatus(
    planStatus([
      [17, 1_800_060_000],
      [15, 40],
    ]),
  );
  expect(statusOfWindows(cleanWindows(windows, t0), t0)).toBe("limit_reached");
});

test("without a key nobody is asked, a refused one is signed out, and none is repeated", async () => {
  await expect(ask({ read: async () => undefined })).rejects.toMatchObject({
    code: "not_logged_in",
  });
  await expect(ask({ read: async () => 'windsurf_api_key = ""' })).rejects.toMatchObject({
    code: "not_logged_in",
  });
  for (const [status, code] of [
    [401, "not_logged_in"],
    [500, "usage_unknown"],
    [200, "usage_unknown"],
  ] as const) {
    const service = answering(status, Buffer.from(`<html>${key}</html>`));
    const error: unknown = await ask(service).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error)).not.toContain(key);
  }
});

test("a message is read as it was written, and any bytes are read to some end", () => {
  const fields = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 15 }), fc.oneof(fc.string(), fc.maxSafeNat())),
  );
  fc.assert(
    fc.property(fields, (written) => {
      const message = decode(encode(written));
      for (const [field, value] of new Map(written)) {
        expect(typeof value === "string" ? textAt(message, field) : numberAt(message, field)).toBe(
          value,
        );
      }
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(messageAt(decode(bytes), 1).size).toBeGreaterThanOrEqual(0);
      expect(() => cleanWindows(readPlanStatus(bytes).windows, t0)).not.toThrow();
    }),
    { numRuns: 500 },
  );
});
