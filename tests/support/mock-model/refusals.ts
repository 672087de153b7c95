/** Refusals and quota headers in the shape each vendor's service gives them. */
import type { Protocol, Refusal } from "./exchange.ts";

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

/** A plain HTTP error; 429 asks to come again in a second. */
export function refusal(protocol: Protocol, status: number, message: string): Refusal {
  const headers: Record<string, string> = status === 429 ? { "retry-after": "1" } : {};
  if (protocol === "messages") {
    const type = ANTHROPIC_TYPES[status] ?? "api_error";
    return { kind: "refusal", status, headers, body: { type: "error", error: { type, message } } };
  }
  const error = {
    message,
    type: status === 429 ? "rate_limit_error" : status === 401 ? "authentication_error" : "error",
    code: status === 429 ? "rate_limit_exceeded" : status === 401 ? "invalid_api_key" : null,
  };
  return { kind: "refusal", status, headers, body: { error } };
}

/** A spent subscription, lifted at `resetsAtS` (epoch seconds). */
export function usageLimit(protocol: Protocol, resetsAtS: number, nowS: number): Refusal {
  const leftS = Math.max(0, resetsAtS - nowS);
  switch (protocol) {
    case "responses":
      return {
        kind: "refusal",
        status: 429,
        headers: quotaHeaders(protocol, 100, resetsAtS, nowS),
        body: {
          error: {
            type: "usage_limit_reached",
            message: "The usage limit has been reached",
            plan_type: "plus",
            resets_at: resetsAtS,
            resets_in_seconds: leftS,
          },
        },
      };
    case "messages":
      return {
        kind: "refusal",
        status: 429,
        headers: {
          ...quotaHeaders(protocol, 100, resetsAtS, nowS),
          "anthropic-ratelimit-unified-status": "rejected",
          "anthropic-ratelimit-unified-5h-status": "rejected",
          "retry-after": String(leftS),
        },
        body: {
          type: "error",
          error: {
            type: "rate_limit_error",
            message: "This request would exceed your account's rate limit.",
          },
        },
      };
    case "chat":
      return {
        kind: "refusal",
        status: 429,
        headers: { "retry-after": String(leftS) },
        body: {
          error: {
            message: `Usage limit reached. Please try again in ${leftS} seconds.`,
            type: "rate_limit_error",
            code: "rate_limit_exceeded",
          },
        },
      };
  }
}

/** What a service says about the quota with each answer; chat completions say nothing. */
export function quotaHeaders(
  protocol: Protocol,
  usedPercent: number,
  resetsAtS: number,
  nowS: number,
): Record<string, string> {
  const weekS = 7 * 24 * 3600;
  switch (protocol) {
    case "responses":
      return {
        "x-codex-primary-used-percent": String(usedPercent),
        "x-codex-primary-window-minutes": "300",
        "x-codex-primary-reset-at": String(resetsAtS),
        "x-codex-primary-reset-after-seconds": String(Math.max(0, resetsAtS - nowS)),
        "x-codex-secondary-used-percent": String(Math.round(usedPercent / 4)),
        "x-codex-secondary-window-minutes": String(weekS / 60),
        "x-codex-secondary-reset-at": String(nowS + weekS),
      };
    case "messages":
      return {
        "anthropic-ratelimit-unified-status": usedPercent >= 80 ? "allowed_warning" : "allowed",
        "anthropic-ratelimit-unified-reset": String(resetsAtS),
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
        "anthropic-ratelimit-unified-fallback-percentage": "0.5",
        "anthropic-ratelimit-unified-5h-status": usedPercent >= 80 ? "allowed_warning" : "allowed",
        "anthropic-ratelimit-unified-5h-utilization": String(usedPercent / 100),
        "anthropic-ratelimit-unified-5h-reset": String(resetsAtS),
        "anthropic-ratelimit-unified-7d-status": "allowed",
        "anthropic-ratelimit-unified-7d-utilization": String(usedPercent / 400),
        "anthropic-ratelimit-unified-7d-reset": String(nowS + weekS),
        "anthropic-ratelimit-unified-overage-status": "rejected",
        "anthropic-ratelimit-unified-overage-disabled-reason": "org_level_disabled",
      };
    case "chat":
      return {};
  }
}
