import { loadConfig } from "../config/load.ts";
import { CONFIG_ARG, type Command, command } from "./command.ts";
import { DAEMON_ARG, startService } from "./daemon.ts";
import { here } from "./here.ts";

export const workerStart: Command = command({
  name: "worker:start",
  description: "Starts the service and runs it until it is stopped, or in the background with --daemon",
  args: { ...CONFIG_ARG, ...DAEMON_ARG },
  async run({ config: file, daemon }) {
    return await startService(await loadConfig(here(file)), daemon === true ? "daemon" : "foreground");
  },
});
