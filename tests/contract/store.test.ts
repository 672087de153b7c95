import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { driver, driverNames, type DriverName } from "../../src/store/sqlite/connection.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { storeContract, type StoreBackend } from "./store.ts";

const reasons = new Map(driverNames.map((name) => [name, whyNot(name)]));
const loaded = driverNames.filter((name) => reasons.get(name) === undefined);
const absent = driverNames.filter((name) => reasons.get(name) !== undefined);

test("this Node loads at least one driver", () => {
  expect(loaded).not.toEqual([]);
});

test.for(absent)("the store on %s", (name, { skip }) => {
  expect(loaded).not.toContain(name);
  skip(reasons.get(name));
});

for (const name of loaded) {
  describe(`the store on ${name}`, () => {
    beforeEach(() => {
      vi.stubEnv("AGENTPOOL_SQLITE_DRIVER", name);
    });
    afterEach(() => {
      vi.unstubAllEnvs();
    });
    storeContract(sqliteBackend(name));
  });
}

function sqliteBackend(name: DriverName): StoreBackend {
  return {
    name,
    place: () => {
      const address = join(tempFolder(), "state", "agentpool.db");
      return {
        address,
        open: async (mode = "write") => {
          const store = await openStore({ file: address, mode, now: 0 });
          onTestFinished(() => store.close());
          return store;
        },
      };
    },
  };
}

/** Why this Node cannot load a driver, undefined where it can. */
function whyNot(name: DriverName): string | undefined {
  vi.stubEnv("AGENTPOOL_SQLITE_DRIVER", name);
  try {
    driver();
    return undefined;
  } catch (thrown) {
    return (thrown as { why?: string }).why ?? String(thrown);
  } finally {
    vi.unstubAllEnvs();
  }
}
