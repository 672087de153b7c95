import { createServer, type RequestListener } from "node:http";
import { createServer as createSocketServer, type AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";

const machine = createLocalMachine();
const timeoutMs = 60_000;

test("a request carries method, path, headers and a JSON body, and brings back status and text", async () => {
  const port = await serve((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      response.statusCode = 201;
      response.end(
        JSON.stringify([request.method, request.url, request.headers["x-key"], JSON.parse(body)]),
      );
    });
  });

  const response = await machine.http({
    port,
    method: "POST",
    path: "/a?b=é".replace("é", "%C3%A9"),
    headers: { "x-key": "secret" },
    body: { text: "日本" },
    timeoutMs,
  });

  expect(response.status).toBe(201);
  expect(JSON.parse(response.text)).toEqual(["POST", "/a?b=%C3%A9", "secret", { text: "日本" }]);
});

test("a port nobody listens on, and one that never answers, are errors with a reason", async () => {
  const closed = await machine.freePort();
  const silent = await serve(() => undefined);
  const request = { method: "GET", path: "/" } as const;

  await expect(machine.http({ ...request, port: closed, timeoutMs })).rejects.toMatchObject({
    code: "exec_failed",
    why: expect.stringContaining("ECONNREFUSED") as string,
  });
  await expect(machine.http({ ...request, port: silent, timeoutMs: 50 })).rejects.toMatchObject({
    code: "exec_failed",
  });
});

test("the data of server-sent events come one by one, however the stream is cut", async () => {
  const stream =
    ': comment\r\nevent: x\r\ndata: one\r\n\r\ndata:two\ndata: lines é\nid: 4\n\n\ndata: {"a":1}\n\n';
  const port = await serve((request, response) => {
    expect(request.headers.accept).toBe("text/event-stream");
    response.writeHead(200, { "content-type": "text/event-stream" });
    const bytes = Buffer.from(stream);
    const send = (at: number): void => {
      if (at >= bytes.length) return void response.end();
      response.write(bytes.subarray(at, at + 3), () => setImmediate(() => send(at + 3)));
    };
    send(0);
  });

  const events = await collect(
    machine.httpEvents({ port, method: "GET", path: "/", timeoutMs }, new AbortController().signal),
  );

  expect(events).toEqual(["one", "two\nlines é", '{"a":1}']);
});

test("a stream ends quietly with its signal", async () => {
  const port = await serve((_, response) => {
    response.writeHead(200);
    response.write("data: first\n\n");
  });
  const stop = new AbortController();
  const events: string[] = [];

  for await (const event of machine.httpEvents(
    { port, method: "GET", path: "/", timeoutMs },
    stop.signal,
  )) {
    events.push(event);
    stop.abort();
  }

  expect(events).toEqual(["first"]);
});

test("a stream that is refused or breaks off is an error", async () => {
  const refusing = await serve((_, response) => {
    response.statusCode = 404;
    response.end();
  });
  const breaking = await serve((_, response) => {
    response.writeHead(200);
    response.write("data: x\n\ndata: ha", () => response.destroy());
  });
  const never = new AbortController().signal;
  const read = (port: number): Promise<readonly string[]> =>
    collect(machine.httpEvents({ port, method: "GET", path: "/", timeoutMs }, never));

  await expect(read(refusing)).rejects.toMatchObject({ why: "it answered with status 404" });
  await expect(read(breaking)).rejects.toMatchObject({ code: "exec_failed" });
});

test("a stream that falls silent is an error, one with a sign of life now and then is not", async () => {
  let beats: NodeJS.Timeout | undefined;
  onTestFinished(() => clearInterval(beats));
  const silent = await serve((_, response) => {
    response.writeHead(200);
    response.write("data: x\n\n");
  });
  const beating = await serve((_, response) => {
    response.writeHead(200);
    beats = setInterval(() => response.write(": still here\n\n"), 20);
    setTimeout(() => response.end("data: late\n\n"), 2_500).unref();
  });
  const read = (port: number, silenceMs: number): Promise<readonly string[]> =>
    collect(
      machine.httpEvents(
        { port, method: "GET", path: "/", timeoutMs, silenceMs },
        new AbortController().signal,
      ),
    );

  // a silence far longer than this process may be kept from a processor between two beats
  const heard = read(beating, 2_000);
  await expect(read(silent, 200)).rejects.toMatchObject({ why: "it said nothing for 200 ms" });
  expect(await heard).toEqual(["late"]);
});

test("a free port can be listened on", async () => {
  const port = await machine.freePort();

  const server = createSocketServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());

  await new Promise((resolve) => server.once("listening", resolve));
  expect((server.address() as AddressInfo).port).toBe(port);
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

async function collect(stream: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const one of stream) all.push(one);
  return all;
}
