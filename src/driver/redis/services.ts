import type { HeldService, ServiceClaim, ServiceHolder } from "../services.ts";
import type { Connection } from "./connection.ts";
import { SERVICES_KEY } from "./keys.ts";
import { type HolderResult, SCRIPTS } from "./scripts.ts";

/** One service's claim to a name. */
export interface Claim {
  readonly name: string;
  readonly holder: ServiceHolder;
  readonly leaseMs: number;
  /** The incarnation that may be replaced, or "". */
  readonly instead: string;
}

export async function claimService(connection: Connection, claim: Claim): Promise<ServiceClaim> {
  const { name, holder, leaseMs, instead } = claim;
  const { incarnation } = holder;
  const named = { name, incarnation, holder: JSON.stringify(holder), leaseMs: Math.ceil(leaseMs), instead };
  const other = heldIn(await connection.run(SCRIPTS.claim, [SERVICES_KEY], () => ({ named })));
  return other === undefined ? { held: true } : { held: false, ...other };
}

export async function releaseService(connection: Connection, name: string, incarnation: string): Promise<void> {
  await connection.run(SCRIPTS.release, [SERVICES_KEY], () => ({ named: { name, incarnation } }));
}

export async function holderOf(connection: Connection, name: string): Promise<HeldService | undefined> {
  return heldIn(await connection.run(SCRIPTS.holder, [SERVICES_KEY], () => ({ named: { name } })));
}

function heldIn([holder, endsInMs = 0]: HolderResult): HeldService | undefined {
  return holder === undefined ? undefined : { holder: JSON.parse(holder) as ServiceHolder, endsInMs };
}
