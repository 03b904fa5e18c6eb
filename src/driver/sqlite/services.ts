import type { ServiceClaim, ServiceHolder } from "../driver.ts";
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
  const now = Date.now();
  const sql = "SELECT incarnation, holder, ends_ms FROM service WHERE name = ?";
  const held = store.get<{ incarnation: string; holder: string; ends_ms: number }>(sql, name);
  const isMine = held === undefined || held.incarnation === holder.incarnation || held.incarnation === instead;
  if (!isMine && held.ends_ms >= now) {
    return { held: false, holder: JSON.parse(held.holder) as ServiceHolder, endsInMs: held.ends_ms - now };
  }
  store.run(CLAIM, name, holder.incarnation, JSON.stringify(holder), now + leaseMs);
  return { held: true };
}

export function releaseService(store: Store, name: string, incarnation: string): void {
  store.run("DELETE FROM service WHERE name = ? AND incarnation = ?", name, incarnation);
}
