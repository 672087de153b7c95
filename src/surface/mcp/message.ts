export type Id = string | number;

/** A JSON-RPC message as it came in: request, notification or response. */
export interface Message {
  readonly jsonrpc: "2.0";
  readonly id?: Id;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What goes out when a line holds no message. Without an id to answer, the id is null. */
export interface Refusal {
  readonly jsonrpc: "2.0";
  readonly id: Id | null;
  readonly error: { readonly code: number; readonly message: string };
}

export type ReadLine = { readonly message: Message } | { readonly refusal: Refusal };

const parseError = -32_700;
const invalidRequest = -32_600;

/** Reads one line. Whatever is in it, it never throws and always says what is wrong. */
export function readMessage(line: string): ReadLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return refuse(null, parseError, "Parse error: the line is no JSON");
  }
  if (Array.isArray(value)) {
    return refuse(null, invalidRequest, "Invalid Request: batches are not supported");
  }
  if (!isObject(value) || value["jsonrpc"] !== "2.0") {
    return refuse(null, invalidRequest, "Invalid Request: no JSON-RPC 2.0 message");
  }
  const id = isId(value["id"]) ? value["id"] : null;
  if ("id" in value && id === null && !("error" in value)) {
    return refuse(null, invalidRequest, "Invalid Request: id is neither text nor whole number");
  }
  const isCall = typeof value["method"] === "string";
  if (!isCall && !("result" in value) && !("error" in value)) {
    return refuse(id, invalidRequest, "Invalid Request: no method");
  }
  if (isCall && "params" in value && !isObject(value["params"])) {
    return refuse(id, invalidRequest, "Invalid Request: params is no object");
  }
  return { message: value as unknown as Message };
}

/** The answer to a line that is longer than anything sensible. */
export function refuseLength(maxBytes: number): Refusal {
  const message = `Invalid Request: the line is longer than ${maxBytes} bytes`;
  return { jsonrpc: "2.0", id: null, error: { code: invalidRequest, message } };
}

/** The answer to a request whose shape only the protocol package could judge. */
export function refuseShape(id: Id | undefined): Refusal {
  const message = "Invalid Request: not a message of the protocol";
  return { jsonrpc: "2.0", id: id ?? null, error: { code: invalidRequest, message } };
}

function refuse(id: Id | null, code: number, message: string): ReadLine {
  return { refusal: { jsonrpc: "2.0", id, error: { code, message } } };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is Id {
  return typeof value === "string" || Number.isSafeInteger(value);
}
