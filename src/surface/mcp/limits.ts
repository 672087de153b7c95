/**
 * Hosts end a tool call after a time of their own choosing, many after 60 s and some after 30 s,
 * and the model learns nothing then. So no call takes longer than this.
 */
export const callLimitMs = 25_000;

/** The longest wait that still leaves time to answer within the limit. */
export const longestWaitSeconds = 24;
