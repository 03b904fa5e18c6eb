import type { HeldService, ServiceClaim, ServiceHolder } from "../driver.ts";
import type { Store } from "./store.ts";

const CLAIM = `
  INSERT INTO service (name, incarnation, holder, ends_ms) VALUES (?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE
  SET incarnation = excluded.incarnation, holder = excluded.holder, ends_ms = excluded.ends_ms`;

/** One service's claim to a name. */
export interface Claim {
  readonly name: string;
  readonly holder: ServiceHolder;
  readonly leaseMs: number;
  readonly instead: string | undefined;
}

/** Claims or renews a name, unless another incarnation holds it that the claim does not replace. */
export function claimService(store: Store, { name, holder, leaseMs, instead }: Claim): ServiceClaim {
  const held = holderOf(store, name);
  const by = held?.holder.incarnation;
  if (held !== undefined && by !== holder.incarnation && by !== instead) return { held: false, ...held };
  store.run(CLAIM, name, holder.incarnation, JSON.stringify(holder), Date.now() + leaseMs);
  return { held: true };
}

/** Who holds a name by a lease that runs. */
export function holderOf(store: Store, name: string): HeldService | undefined {
  const sql = "SELECT holder, ends_ms FROM service WHERE name = ?";
  const row = store.get<{ holder: string; ends_ms: number }>(sql, name);
  const endsInMs = (row?.ends_ms ?? 0) - Date.now();
  return row === undefined || endsInMs < 0 ? undefined : { holder: JSON.parse(row.holder) as ServiceHolder, endsInMs };
}

export function releaseService(store: Store, name: string, incarnation: string): void {
  store.run("DELETE FROM service WHERE name = ? AND incarnation = ?", name, incarnation);
}
