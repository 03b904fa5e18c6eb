import { loadConfig } from "../../config/load.ts";
import { openDriver } from "../../driver/open.ts";
import { heed, listen } from "../../telemetry/events.ts";
import { hostClock } from "../clock.ts";
import { boardsIn } from "../boards.ts";
import { leaveSignalsToManage } from "../group-signals.ts";
import { ownMemory } from "../memory.ts";
import type { MasterToManage } from "../protocol.ts";
import { type MasterRole, spawnRole } from "../role.ts";
import { serviceFolder } from "../service-folder.ts";
import { giveBackStart } from "../start-pages.ts";
import { EventTeller } from "../told-events.ts";
import { openInbox } from "./inbox.ts";
import { Master } from "./master.ts";

/** Makes this process the master of one queue, until it is told to stop. */
export async function runMaster(role: MasterRole): Promise<void> {
  leaveSignalsToManage();
  const tell = (message: MasterToManage): void => void process.send?.(message);
  const handOver = openInbox(role.queue, tell);
  const config = await loadConfig({ file: role.config, folder: process.cwd(), env: process.env });
  const teller = new EventTeller(config.log.level, (told) => tell({ say: "events", told }));
  listen((event, at) => teller.take(event, at));
  heed(teller);
  const master = new Master(role, config, {
    store: await openDriver(config.driver),
    clock: hostClock,
    boards: boardsIn(serviceFolder(config).path),
    spawn: spawnRole,
    memoryOf: ownMemory,
    tell,
  });
  handOver((message) => (message.say === "taken" ? teller.taken() : master.receive(message)));
  void master.ended.then(() => leave(teller));
  await master.start();
  giveBackStart();
}

/** When the service stops, manage is given up that takes nothing for so long. */
const TELL_MS = 2_000;

async function leave(teller: EventTeller): Promise<void> {
  await teller.flushed(TELL_MS);
  process.exit(0);
}
