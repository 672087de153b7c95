import { AgentpoolError } from "../../domain/errors.ts";
import { agentHolder, sessionHolder } from "../../domain/hold.ts";
import { isLive, type Session } from "../../domain/session.ts";
import type { Lease, LeaseMode } from "../../domain/lease.ts";
import type { LeaseConflict, LeasePlace } from "../../domain/lease-rules.ts";
import { formatPrincipal, type Principal } from "../../domain/principal.ts";
import { redact } from "../../platform/redact.ts";
import type { Asker } from "../asker.ts";
import type { SessionParts } from "../parts.ts";
import { resolveSession } from "../resolve.ts";
import type { Leases } from "./leases.ts";
import { findPlaces, type LeaseBase } from "./place.ts";

/** For whom something is asked: a session of ours, or somebody outside by a name. */
export interface Whom {
  readonly session: string | null;
  readonly agent: string | null;
  /** Relative paths of somebody outside are meant from there; those of a session from its folder. */
  readonly cwd: string;
}

export interface AcquireRequest extends Whom {
  readonly files: readonly string[];
  readonly mode: LeaseMode;
  readonly ttlMs: number;
  /** Stands in line for so long; 0 to be refused at once. */
  readonly waitMs: number;
  readonly intent: string | null;
}

/** One lease, or those of a holder, all or on these files. */
export interface LeaseSelection extends Whom {
  readonly leaseId: string | null;
  readonly token: number | null;
  readonly files: readonly string[];
}

interface Holder {
  readonly holder: string;
  readonly session: Session | null;
  readonly base: LeaseBase;
}

/** What may be asked about leases, by whom, in the words of whoever asks. */
export class LeaseRequests {
  readonly #parts: Pick<SessionParts, "store" | "machine" | "now">;
  readonly #leases: Leases;

  constructor(parts: Pick<SessionParts, "store" | "machine" | "now">, leases: Leases) {
    this.#parts = parts;
    this.#leases = leases;
  }

  /**
   * All files or none.
   * @throws lease_conflict, session_ended, invalid_input, policy_blocked
   */
  async acquire(request: AcquireRequest, asker: Asker): Promise<readonly Lease[]> {
    const { holder, session, base } = await this.#holder(request, asker.principal);
    if (session && !isLive(session)) {
      throw new AgentpoolError("session_ended", `Session ${session.id} is over`, {
        why: "Its leases ended with it.",
        hint: `Start its agent again: agentpool resume ${session.id}`,
      });
    }
    const now = this.#parts.now();
    return this.#leases.acquire(
      {
        holder,
        sessionId: session?.id ?? null,
        places: await findPlaces(this.#parts.machine, base, request.files),
        mode: request.mode,
        ttlMs: request.ttlMs,
        intent: request.intent === null ? null : redact(request.intent),
        author: formatPrincipal(asker.principal),
        requestKey: asker.idempotencyKey,
        waitsUntil: request.waitMs > 0 ? now + request.waitMs : null,
      },
      asker.signal,
    );
  }

  /** @throws lease_not_found, lease_ended, lease_not_held, invalid_input, policy_blocked */
  async renew(
    request: LeaseSelection & { readonly ttlMs: number | null },
    asker: Asker,
  ): Promise<readonly Lease[]> {
    const found = await this.#select(request, asker.principal);
    const ids = found.filter(({ state }) => state !== "waiting").map(({ id }) => id);
    return this.#leases.renew({
      ids,
      ttlMs: request.ttlMs,
      author: formatPrincipal(asker.principal),
    });
  }

  /**
   * Those that were held, or with `dryRun` would be let go.
   * @throws lease_not_found, lease_ended, lease_not_held, invalid_input, policy_blocked
   */
  async release(
    request: LeaseSelection & { readonly dryRun: boolean },
    asker: Asker,
  ): Promise<readonly Lease[]> {
    const found = await this.#select(request, asker.principal);
    const open = found.filter(({ state }) => state === "active" || state === "waiting");
    if (request.dryRun) return open;
    const ids = open.map(({ id }) => id);
    return this.#leases.release(ids, `released by ${formatPrincipal(asker.principal)}`);
  }

  /** What stands against each file for somebody; for nobody in particular when none is named. */
  async check(
    request: Whom & { readonly files: readonly string[]; readonly mode: LeaseMode },
    asker: Asker,
  ): Promise<
    readonly {
      readonly named: string;
      readonly place: LeasePlace;
      readonly conflicts: readonly LeaseConflict[];
    }[]
  > {
    const nobody = request.session === null && request.agent === null;
    const isOutside = nobody && asker.principal.kind !== "session";
    const { holder, base } = isOutside
      ? { holder: "", base: { folder: request.cwd, repoPath: request.cwd } }
      : await this.#holder(request, asker.principal);
    const checked = [];
    for (const named of request.files) {
      const [place] = await findPlaces(this.#parts.machine, base, [named]);
      if (!place) continue;
      const against = await this.#leases.check([place], { holder, mode: request.mode });
      checked.push({ named, place, conflicts: against });
    }
    return checked;
  }

  async #select(request: LeaseSelection, principal: Principal): Promise<readonly Lease[]> {
    const { leaseId, token, files } = request;
    if (leaseId !== null) {
      const lease = await this.#leases.require(leaseId, token);
      const isNamed = request.session !== null || request.agent !== null;
      if (isNamed || principal.kind === "session") {
        const { holder } = await this.#holder(request, principal);
        if (holder !== lease.holder) throw notHeld(lease, holder);
      }
      return [lease];
    }
    const { holder, base } = await this.#holder(request, principal);
    const { leases } = await this.#parts.store.leases.book();
    const own = leases.filter((lease) => lease.holder === holder);
    if (files.length === 0) return own;
    const keys = (await findPlaces(this.#parts.machine, base, files)).map(({ key }) => key);
    return own.filter((lease) => keys.includes(lease.key));
  }

  /** A session is itself, whoever it says it is. */
  async #holder({ session, agent, cwd }: Whom, principal: Principal): Promise<Holder> {
    const itself = principal.kind === "session" ? principal.sessionId : null;
    if (session !== null && agent !== null) {
      throw new AgentpoolError("invalid_input", "A lease has one holder", {
        why: "Both a session and an agent were named.",
        hint: "Leave one of --session-id and --agent out.",
      });
    }
    if (itself !== null && agent !== null) throw notItself(itself, `agent ${agent}`);
    if (agent !== null) {
      return {
        holder: agentHolder(agent),
        session: null,
        base: { folder: cwd, repoPath: cwd },
      };
    }
    const named = session ?? itself;
    if (named === null) {
      throw new AgentpoolError("invalid_input", "Nobody is named who holds the lease", {
        hint: "Name a session (--session-id @last), or somebody outside of agentpool (--agent NAME).",
      });
    }
    const found = await resolveSession(this.#parts.store, named);
    if (itself !== null && found.id !== itself) throw notItself(itself, found.id);
    const { workPath, repoPath } = found.workspace;
    return {
      holder: sessionHolder(found.id),
      session: found,
      base: { folder: workPath, repoPath },
    };
  }
}

function notItself(itself: string, named: string): AgentpoolError {
  return new AgentpoolError("policy_blocked", `Session ${itself} cannot act for ${named}`, {
    why: "The command came from a process of that session, whose leases are its own.",
    hint: "Leave --session-id and --agent out.",
  });
}

function notHeld(lease: Lease, holder: string): AgentpoolError {
  return new AgentpoolError("lease_not_held", `The lease ${lease.id} is not held by ${holder}`, {
    why: `It is ${lease.holder}'s, on ${lease.filePath}.`,
    hint: "See who holds what: agentpool leases list",
    details: { lease_id: lease.id, holder: lease.holder },
  });
}
