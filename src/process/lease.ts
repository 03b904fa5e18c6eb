/** An owner that is silent for so long has lost its jobs. */
export const LEASE_MS = 15_000;
/** A worker that takes for itself needs no heartbeat, which its master does; this is its safety net alone. */
export const WORKER_REST_MS = 30_000;
/** How often an idle taker renews its lease; several fit into one lease, so that one lost call costs nothing. */
export const HEARTBEAT_MS = 5_000;
