import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nothing } from "../../src/domain/decision.ts";
import { commitAfresh } from "../../src/store/commit-afresh.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { decide } from "../support/records.ts";
import { makeSession } from "../support/session.ts";
import { tempFolder } from "../support/temp-folder.ts";

const { id } = makeSession();

async function openWithSession(): Promise<Store> {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  onTestFinished(() => store.close());
  await store.commit(
    decide({ writes: [{ noun: "session", insert: makeSession({ version: 1 }) }] }),
  );
  return store;
}

/** One more turn, on the version it reads; `between` is what somebody else does meanwhile. */
function countTurn(store: Store, between: () => Promise<void> = () => Promise.resolve()) {
  return async () => {
    const { version = 0, turnCount = 0 } = (await store.sessions.get(id)) ?? {};
    await between();
    const update = { version: version + 1, turnCount: turnCount + 1 };
    return {
      decision: decide({
        guards: [{ noun: "session", id, expect: { version } }],
        writes: [{ noun: "session", id, update }],
      }),
      result: update.turnCount,
    };
  };
}

test("a rule is asked again, on what stands then, when somebody wrote in between", async () => {
  const store = await openWithSession();
  let others = 3;
  const between = async (): Promise<void> => {
    if (others-- > 0) await commitAfresh(store, countTurn(store), { of: "it" });
  };

  expect(await commitAfresh(store, countTurn(store, between), { of: "it" })).toBe(4);
  expect(await store.sessions.get(id)).toMatchObject({ turnCount: 4, version: 5 });
});

test("what wants nothing is answered and not committed", async () => {
  const store = await openWithSession();
  const readOnly = { commit: () => Promise.reject(new Error("nothing was to be written")) };

  const rule = async () => ({ decision: nothing, result: (await store.sessions.get(id))?.version });
  expect(await commitAfresh(readOnly, rule, { of: "it" })).toBe(1);
});

test("a rule that can never hold ends in a conflict that names what it is about", async () => {
  const store = await openWithSession();
  const guard = { noun: "session", id, expect: { version: 7 } } as const;
  const update = { noun: "session", id, update: { version: 8 } } as const;
  const rule = () => ({ decision: decide({ guards: [guard], writes: [update] }), result: null });

  await expect(commitAfresh(store, rule, { of: "run rn_1" })).rejects.toMatchObject({
    code: "conflict",
    message: "Somebody else changed run rn_1 each time it was read",
    details: { guard },
  });
});
