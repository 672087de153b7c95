import type { LeaseRequests } from "../../session/leases/requests.ts";

/** What operations ask of leases; the requests say what each promises. */
export type LeaseService = Pick<LeaseRequests, keyof LeaseRequests>;
