import { MpqError } from "../../errors.ts";
import queuesAndJobs from "./sql/0001_queues_and_jobs.sql" with { type: "text" };
import keptJobs from "./sql/0002_kept_jobs.sql" with { type: "text" };
import type { Store } from "./store.ts";

/** In order; the number of the last one that was applied stands in the file. Never changed once released. */
const MIGRATIONS: readonly string[] = [queuesAndJobs, keptJobs];

/** "mpq1": marks the file as one of mpq's. */
const APPLICATION_ID = 0x6d707131;

/** Brings the file up to date. Throws `STORE_REFUSED` for another program's file, and for a later mpq's. */
export function migrate(store: Store): void {
  const applied = appliedMigrations(store);
  if (applied > MIGRATIONS.length) {
    const message = `${store.label} was written by a later mpq (its version ${applied}, known ${MIGRATIONS.length}); upgrade this one`;
    throw new MpqError("STORE_REFUSED", message);
  }
  if (applied === MIGRATIONS.length) return;
  for (const migration of MIGRATIONS.slice(applied)) store.exec(migration);
  store.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length};`);
}

function appliedMigrations(store: Store): number {
  const application = store.get<{ application_id: number }>("PRAGMA application_id")?.application_id;
  const applied = store.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
  if (application === APPLICATION_ID) return applied;
  const tables = store.get<{ count: number }>("SELECT count(*) AS count FROM sqlite_schema")?.count;
  if (application === 0 && applied === 0 && tables === 0) return 0;
  throw new MpqError("STORE_REFUSED", `${store.label} is the database of another program; give another path`);
}
