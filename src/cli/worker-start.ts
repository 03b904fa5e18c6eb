import { loadConfig } from "../config/load.ts";
import { Manage } from "../process/manage/manage.ts";
import { startLog } from "../telemetry/log.ts";
import { CONFIG_ARG, type Command, command } from "./command.ts";
import { here } from "./here.ts";

export const workerStart: Command = command({
  name: "worker:start",
  description: "Starts the service and runs it until it is stopped",
  args: CONFIG_ARG,
  async run({ config: file }) {
    const config = await loadConfig(here(file));
    startLog(config.log.level);
    const manage = await Manage.start(config);
    await manage.ended;
  },
});
