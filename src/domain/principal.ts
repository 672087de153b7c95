/** Who asks. Every write has one as its author; a session can act only as itself. */
export type Principal =
  | { readonly kind: "person" }
  | { readonly kind: "session"; readonly sessionId: string }
  | { readonly kind: "policy"; readonly rule: string }
  | { readonly kind: "system"; readonly part: string };

export const person: Principal = { kind: "person" };

/** One word for tables and events: `person`, `session:ap_…`, `policy:…`, `system:…`. */
export function formatPrincipal(principal: Principal): string {
  switch (principal.kind) {
    case "person":
      return "person";
    case "session":
      return `session:${principal.sessionId}`;
    case "policy":
      return `policy:${principal.rule}`;
    case "system":
      return `system:${principal.part}`;
  }
}
