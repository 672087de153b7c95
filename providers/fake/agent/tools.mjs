/**
 * The tool server an agent was given, as a client sees it: started by the first call and ended with
 * the agent. One JSON-RPC message a line.
 */
export class Tools {
  #server;
  #child;
  #ready;
  #nextId = 1;
  /** Calls without an answer: what settles them, by id. */
  #open = new Map();
  /** The newest result of each tool that was no failure. */
  #results = new Map();

  /** `server`: `{command, args, env}`, or null where none was given. */
  constructor(server) {
    this.#server = server;
  }

  get given() {
    return this.#server !== null;
  }

  /**
   * Calls a tool with the JSON of its arguments, in which `{{tool.path.to.field}}` stands for what the
   * newest result of that tool holds there. Gives `{ok, args, result, text}`; throws a text for people.
   */
  async call(tool, json) {
    if (this.#server === null) throw new Error("no tool server was given");
    const args = parse(this.#fill(json));
    this.#ready ??= this.#start();
    await this.#ready;
    const answer = await this.#request("tools/call", { name: tool, arguments: args });
    const result = answer.structuredContent ?? {};
    const ok = answer.isError !== true;
    if (ok) this.#results.set(tool, result);
    const text = (answer.content ?? []).map((part) => part.text ?? "").join("\n");
    return { ok, args, result, text };
  }

  async #start() {
    const { spawn } = await import("node:child_process");
    const { createInterface } = await import("node:readline");
    const { command, args, env } = this.#server;
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child.on("error", (error) => this.#fail(`the tool server: ${error.message}`));
    this.#child.on("exit", () => this.#fail("the tool server ended"));
    this.#child.stdin.on("error", () => undefined);
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#receive(line));
    await this.#request("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "fake", version: "1.0.0" },
    });
    this.#send({ method: "notifications/initialized" });
  }

  #request(method, params) {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  #send(message) {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  #receive(line) {
    const { id, result, error } = JSON.parse(line);
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    if (error) open.reject(new Error(error.message));
    else open.resolve(result);
  }

  #fail(why) {
    for (const { reject } of this.#open.values()) reject(new Error(why));
    this.#open.clear();
    this.#ready = undefined;
  }

  #fill(json) {
    return json.replace(/\{\{([\w.]+)\}\}/g, (_, path) => {
      const [tool, ...fields] = path.split(".");
      let value = this.#results.get(tool);
      for (const field of fields) value = value?.[field];
      if (value === undefined) throw new Error(`nothing is known of ${path}`);
      return typeof value === "string" ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value);
    });
  }
}

function parse(json) {
  try {
    return JSON.parse(json === "" ? "{}" : json);
  } catch (error) {
    throw new Error(`the arguments are no JSON: ${error.message}`, { cause: error });
  }
}
