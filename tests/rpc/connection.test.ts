import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Connection, ConnectionFailed } from "../../src/rpc/connection.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

/** A connection, and the other end of it. */
async function connected(): Promise<{ readonly connection: Connection; readonly far: Socket }> {
  const path = join(tempFolder(), "s");
  const taken: Socket[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    taken.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  const connection = new Connection(path);
  onTestFinished(() => {
    connection.close();
    for (const socket of taken) socket.destroy();
    server.close();
  });
  await waitFor(() => taken.length === 1);
  const [far] = taken;
  if (!far) throw new Error("nobody connected");
  return { connection, far };
}

/** Until it is the same in ten looks. */
async function standsStill(size: () => number): Promise<void> {
  let before = -1;
  let same = 0;
  await waitFor(() => {
    same = size() === before ? same + 1 : 0;
    before = size();
    return same >= 10;
  });
}

test("what nobody reads stays with whoever sends it, and comes whole and in order", async () => {
  const { connection, far } = await connected();
  const sent = Buffer.alloc(4 * 1024 * 1024, "0123456789");
  let isOut = false;
  far.write(sent, () => (isOut = true));
  const pieces = [await connection.read()];

  await standsStill(() => far.writableLength);
  expect(isOut).toBe(false);

  const size = (): number => pieces.reduce((sum, piece) => sum + (piece?.length ?? 0), 0);
  while (size() < sent.length) pieces.push(await connection.read());
  expect(Buffer.concat(pieces.map((piece) => piece ?? Buffer.alloc(0))).equals(sent)).toBe(true);
  far.end();
  expect(await connection.read()).toBeUndefined();
});

test("one that rests notices its end, also where it was not read when the last piece came", async () => {
  const { connection, far } = await connected();
  connection.send("ask");
  far.write("answer");
  await waitFor(() => connection.hasSaid);
  expect(String(await connection.read())).toBe("answer");
  let isOver = false;
  connection.rest(() => (isOver = true));
  expect(isOver).toBe(false);

  far.end();

  await waitFor(() => isOver);
});

test("one that rests for longer than its bound is over", async () => {
  const { connection, far } = await connected();
  connection.failAfter(30);
  connection.send("ask");
  far.write("answer");
  await connection.read();
  let isOver = false;
  connection.rest(() => (isOver = true));
  expect(isOver).toBe(false);

  await waitFor(() => isOver);
});

test("one on which nothing comes fails as silent", async () => {
  const { connection } = await connected();
  connection.failAfter(30);
  connection.send("ask");

  const failure = await connection.read().catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(ConnectionFailed);
  expect(failure).toMatchObject({ failure: "silent" });
});
