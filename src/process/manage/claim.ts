import { hostname } from "node:os";
import type { Driver, ServiceHolder } from "../../driver/driver.ts";
import { MpqError, reportOf } from "../../errors.ts";
import { newJobId } from "../../job/id.ts";
import { emit } from "../../telemetry/events.ts";
import { HEARTBEAT_MS, LEASE_MS } from "../lease.ts";
import { isAlive, machineName, ownIdentity } from "../identity.ts";

/** The claim to a service's name in the store, and whose it was before. */
export interface Claimed {
  readonly holder: ServiceHolder;
  /** The run of the service before this one, when it was not stopped: it is dead, and its jobs are to be taken back. */
  readonly predecessor: ServiceHolder | undefined;
}

/** A holder on another machine is asked about so often while its lease may still run out. */
const ASK_AGAIN_MS = 1_000;

/**
 * Claims the service's name in the store, so that no other host runs a service of this name.
 *
 * A holder of this machine that is dead is replaced at once. One of another machine is given one lease to show that it
 * lives: then this throws `SERVICE_RUNNING` with its pid and host.
 */
export async function claimService(store: Driver, name: string): Promise<Claimed> {
  const holder = { incarnation: newJobId(), host: hostname(), machine: machineName(), ...ownIdentity() };
  let endsInMs = Number.POSITIVE_INFINITY;
  for (;;) {
    const claim = await store.claimService(name, holder, LEASE_MS);
    if (claim.held) return { holder, predecessor: undefined };
    if (isDead(claim.holder)) return await replace(store, name, holder, claim.holder);
    const renewed = claim.endsInMs > endsInMs;
    if (renewed || claim.holder.machine === holder.machine) throw running(name, claim.holder);
    endsInMs = claim.endsInMs;
    await new Promise((resolve) => setTimeout(resolve, Math.min(ASK_AGAIN_MS, Math.max(1, endsInMs))));
  }
}

async function replace(store: Driver, name: string, holder: ServiceHolder, dead: ServiceHolder): Promise<Claimed> {
  const claim = await store.claimService(name, holder, LEASE_MS, dead.incarnation);
  if (claim.held) return { holder, predecessor: dead };
  throw running(name, claim.holder);
}

/**
 * Renews the claim until the result is called. When another host took the name meanwhile, that is told, and `onLost` is
 * called; then nothing is renewed any more.
 */
export function keepClaim(store: Driver, name: string, { holder }: Claimed, onLost: () => void): () => void {
  let isAway = false;
  let isOver = false;
  const timer = setInterval(() => void renew(), HEARTBEAT_MS);
  const end = (): void => {
    isOver = true;
    clearInterval(timer);
  };
  const renew = async (): Promise<void> => {
    try {
      const claim = await store.claimService(name, holder, LEASE_MS);
      if (isAway) emit({ event: "store.back", queue: "*" });
      isAway = false;
      if (claim.held || isOver) return;
      emit({ event: "service.replaced", name, pid: claim.holder.pid, host: claim.holder.host });
      end();
      onLost();
    } catch (error) {
      if (!isAway) emit({ event: "store.lost", queue: "*", error: reportOf(error) });
      isAway = true;
    }
  };
  return end;
}

/** Only a process of this very machine can be known to be dead. */
function isDead(holder: ServiceHolder): boolean {
  return holder.machine === machineName() && !isAlive(holder);
}

function running(name: string, holder: ServiceHolder): MpqError {
  return new MpqError(
    "SERVICE_RUNNING",
    `a service ${JSON.stringify(name)} runs already on this store: pid ${holder.pid} on ${holder.host}; give this one another name`,
  );
}
