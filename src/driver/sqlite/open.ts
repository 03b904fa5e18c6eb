import { accessSync, closeSync, constants, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { MpqError } from "../../errors.ts";
import { type Engine, isSafeVersion, loadEngine } from "./engine.ts";
import { NOT_WRITABLE, explain } from "./failure.ts";
import { migrate } from "./migrate.ts";
import { Store } from "./store.ts";

/** `normal` loses no commit when a process dies; `full` loses none when the host loses its power either. */
export type Synchronous = "normal" | "full";

export interface StoreOptions {
  readonly synchronous: Synchronous;
  /** How long an operation waits for the locks of other processes before it gives up. */
  readonly patienceMs: number;
}

/**
 * Pages that the write-ahead log holds before whoever writes moves them to the file, where no service does it before
 * (`checkpoints.ts`). Moving them waits for the disk, and pages that change often are moved once for many changes; so larger
 * is faster, for a log of about 16 MB.
 */
const CHECKPOINT_PAGES = 4_000;

const ROOT = 0;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Opens the file, and makes it when there is none: readable for its owner alone, as folders that it needs are.
 *
 * Throws `RUNTIME_UNSUPPORTED`, `STORE_REFUSED` and `STORE_UNREACHABLE`.
 */
export async function openStore(path: string, options: StoreOptions): Promise<Store> {
  const engine = await loadEngine();
  const store = new Store(openFile(engine, path), path, options.patienceMs);
  try {
    await store.read(() => setUp(store, options));
    await store.write(() => migrate(store));
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

function setUp(store: Store, { synchronous }: StoreOptions): void {
  // No wait of SQLite's own, which would stop the event loop: the store waits.
  store.exec("PRAGMA busy_timeout = 0");
  assertSafeVersion(store);
  useWriteAheadLog(store);
  store.exec(`PRAGMA synchronous = ${synchronous}`);
  store.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  store.exec("PRAGMA temp_store = memory");
}

function openFile(engine: Engine, path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    createFile(path);
    assertOurs(path);
    return new engine.DatabaseSync(path);
  } catch (error) {
    const explained = explain(`sqlite:${path}`, error);
    if (explained instanceof MpqError) throw explained;
    const message = `sqlite:${path} could not be made; give a path in a folder that this user may write`;
    throw new MpqError("STORE_REFUSED", message, { cause: error });
  }
}

/**
 * Makes the file unless it is there; SQLite gives its companions the same mode. A file that is there is not opened
 * here: closing it would drop the locks that another connection of this process has.
 */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
  }
}

/** Whose file it is, or whoever else may write it, decides which jobs are run here. */
function assertOurs(path: string): void {
  const { uid, mode } = statSync(path);
  const user = process.getuid?.() ?? uid;
  const label = `sqlite:${path}`;
  if (uid !== user && user !== ROOT) {
    const message = `${label} belongs to the user ${uid}, this process runs as the user ${user}; run both as one user, or give another path`;
    throw new MpqError("STORE_REFUSED", message);
  }
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    const message = `${label} may be written by other users (its mode is 0${(mode & 0o777).toString(8)}); run "chmod 600" on it`;
    throw new MpqError("STORE_REFUSED", message);
  }
  // SQLite would open it to be read, and this connection could never write, whatever becomes of its mode.
  if (!isWritable(path)) throw new MpqError("STORE_REFUSED", `${label} ${NOT_WRITABLE}`);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function assertSafeVersion(store: Store): void {
  const version = store.get<{ version: string }>("SELECT sqlite_version() AS version")?.version ?? "unknown";
  if (isSafeVersion(version)) return;
  const message =
    `${store.label} cannot be used with SQLite ${version}, which may destroy a file that several processes write; ` +
    "it takes 3.51.3 or later, 3.50.7 or 3.44.6: upgrade Bun or Node, or use Redis";
  throw new MpqError("STORE_REFUSED", message);
}

function useWriteAheadLog(store: Store): void {
  const mode = store.get<{ journal_mode: string }>("PRAGMA journal_mode = WAL")?.journal_mode;
  if (mode === "wal") return;
  const message =
    `${store.label} cannot have a write-ahead log (its journal mode stays "${mode}"), so several processes cannot ` +
    "share it; put it on a local disk";
  throw new MpqError("STORE_REFUSED", message);
}
