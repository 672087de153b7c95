import { expect, test } from "vitest";
import { MessageBus, TaskBoard } from "../../../src/index.ts";
import { openHome } from "../../support/home.ts";
import { serveHome } from "../../support/serve-home.ts";

test("programs share the board: a task is given to one of them and completed once", async () => {
  const program = await serveHome(await openHome());
  await using board = new TaskBoard(program);
  await using other = new TaskBoard(program);
  const schema = await board.add("Set up the schema", { priority: 1, tags: ["db"] });
  const endpoint = await board.add("Write the endpoint", {
    dependsOn: [schema],
    body: "all of it",
  });

  const claimed = await Promise.all([board.claim("a"), other.claim("b")]);

  expect(claimed.filter((task) => task !== null).map(({ id }) => id)).toEqual([schema]);
  const [mine, theirs] = claimed[0] ? [board, other] : [other, board];
  await expect(theirs.complete(schema, "stolen")).rejects.toMatchObject({ code: "claim_not_held" });
  await mine.renew(schema);
  await mine.release(schema, "another time");
  expect(await theirs.claim("c", { tags: ["ui"] })).toBeNull();
  expect(await theirs.claim("c", { tags: ["db"] })).toMatchObject({ id: schema });
  await theirs.complete(schema, "three tables");

  expect(await board.get(schema)).toMatchObject({ state: "completed", result: "three tables" });
  expect(await board.claim("a", { waitSeconds: 5 })).toMatchObject({
    id: endpoint,
    body: "all of it",
  });
  expect(await board.releaseAgentTasks("a")).toEqual([endpoint]);
  expect(await board.status()).toMatchObject({ total: 2, completed: 1, pending: 1 });
  expect((await board.list()).map(({ id }) => id)).toEqual([endpoint]);
  expect(await board.allEnded([schema])).toBe(true);
  expect(await board.allEnded([schema, endpoint])).toBe(false);
});

test("a message comes again until it is acknowledged, and a name nobody has is refused", async () => {
  const program = await serveHome(await openHome());
  await using bus = new MessageBus(program);
  await bus.register("ada", { role: "tester" });
  await bus.register("bob");

  await bus.send("ada", "bob", "the parser is done");
  await bus.broadcast("bob", "thank you all");

  const [first, ...more] = await bus.receive("bob");
  expect(first).toMatchObject({ from: "agent:ada", content: "the parser is done", again: false });
  expect(more).toEqual([]);
  const again = await bus.receive("bob");
  expect(again).toMatchObject([{ content: "the parser is done", again: true }]);
  await bus.ack("bob", again);
  expect(await bus.receive("bob")).toEqual([]);
  expect((await bus.receive("ada")).map(({ content }) => content)).toEqual(["thank you all"]);
  expect((await bus.history("bob")).map(({ content }) => content)).toEqual([
    "the parser is done",
    "thank you all",
  ]);
  await expect(bus.send("ada", "bib", "x")).rejects.toMatchObject({ code: "recipient_not_found" });
  await bus.unregister("bob");
});
