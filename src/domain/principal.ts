/** Who asks. Every write has one as its author; a session can act only as itself. */
export type Principal =
  | { readonly kind: "person" }
  /** A program a person lets start workers; it may do what they may, but not spend beyond a quota. */
  | { readonly kind: "coordinator"; readonly id: string }
  | { readonly kind: "session"; readonly sessionId: string }
  /** A run, by its scheduler. */
  | { readonly kind: "run"; readonly runId: string }
  | { readonly kind: "policy"; readonly rule: string }
  | { readonly kind: "system"; readonly part: string };

export const person: Principal = { kind: "person" };

const coordinatorId = /^coord_[A-Za-z0-9_-]{1,64}$/;

/** Whether a name can be a coordinator's. */
export function isCoordinatorId(text: unknown): text is string {
  return typeof text === "string" && coordinatorId.test(text);
}

/** Who asks, when a person's program says on whose behalf; a session stays what it is. */
export function asCoordinator(principal: Principal, id: unknown): Principal {
  return principal.kind === "person" && isCoordinatorId(id)
    ? { kind: "coordinator", id }
    : principal;
}

/** One word for tables and events: `person`, `coordinator:coord_…`, `session:ap_…`, `run:rn_…`, `policy:…`, `system:…`. */
export function formatPrincipal(principal: Principal): string {
  switch (principal.kind) {
    case "person":
      return "person";
    case "coordinator":
      return `coordinator:${principal.id}`;
    case "session":
      return `session:${principal.sessionId}`;
    case "run":
      return `run:${principal.runId}`;
    case "policy":
      return `policy:${principal.rule}`;
    case "system":
      return `system:${principal.part}`;
  }
}
