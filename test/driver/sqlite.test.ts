import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "../../src/driver/sqlite/sqlite.ts";
import { MODES, type Opened, describeDriver } from "./contract.ts";

for (const mode of MODES) describeDriver("SQLite", openInFolderOfItsOwn, mode);

async function openInFolderOfItsOwn(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "mpq-sqlite-"));
  const opener = sqlite(join(folder, "mpq.db"));
  return { connect: () => opener.open(), end: () => rm(folder, { recursive: true }) };
}
