import { AgentpoolError } from "../domain/errors.ts";

const maxBytes = 1024 * 1024;

export interface HttpsRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/**
 * One request over HTTPS to a host that is allowed, and to no other: what is sent holds a
 * credential. Redirects are not followed. No error of it holds anything that was sent.
 * @param options `hosts`: names, or `*.name` for all below it; `fetch` for tests
 * @throws usage_unknown
 */
export async function httpsRequest(
  url: string,
  request: HttpsRequest,
  options: {
    readonly hosts: readonly string[];
    readonly signal: AbortSignal;
    readonly fetch?: typeof fetch;
  },
): Promise<{ readonly status: number; readonly body: Uint8Array }> {
  const { protocol, hostname, origin } = parse(url);
  if (protocol !== "https:" || !options.hosts.some((host) => fits(host, hostname))) {
    throw failed(origin, "It is none of the hosts that may be asked.");
  }
  const { method = "GET", headers = {}, body } = request;
  try {
    const response = await (options.fetch ?? fetch)(url, {
      method,
      headers,
      redirect: "error",
      signal: options.signal,
      ...(body === undefined ? {} : { body: body as RequestInit["body"] & {} }),
    });
    return { status: response.status, body: await readAll(response) };
  } catch (thrown) {
    if (thrown instanceof AgentpoolError) throw thrown;
    throw failed(origin, reasonOf(thrown));
  }
}

async function readAll(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > maxBytes) throw failed(new URL(response.url).origin, "Its answer is too long.");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new AgentpoolError("usage_unknown", "An address that was to be asked is none");
  }
}

function fits(pattern: string, hostname: string): boolean {
  return pattern.startsWith("*.") ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;
}

/** The system's word for it; messages may hold headers. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const { code, name } = cause as { readonly code?: unknown; readonly name?: unknown };
  const word = [code, name].find((one) => typeof one === "string") ?? "nobody says why";
  return `The connection failed: ${word}.`;
}

function failed(origin: string, why: string): AgentpoolError {
  return new AgentpoolError("usage_unknown", `${origin} could not be asked`, { why });
}
