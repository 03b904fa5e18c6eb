import { loadConfig } from "../config/load.ts";
import { isMpqError } from "../errors.ts";
import { askService } from "../process/control.ts";
import { serviceFolder } from "../process/service-folder.ts";
import { CONFIG_ARG, type Command, command } from "./command.ts";
import { DAEMON_ARG, startService } from "./daemon.ts";
import { here } from "./here.ts";

export const workerRestart: Command = command({
  name: "worker:restart",
  description: "Stops the service when it runs, and starts it",
  args: { ...CONFIG_ARG, ...DAEMON_ARG },
  async run({ config: file, daemon }) {
    const config = await loadConfig(here(file));
    await stopIfRunning(serviceFolder(config).socket);
    return await startService(config, daemon === true ? "daemon" : "foreground");
  },
});

async function stopIfRunning(socket: string): Promise<void> {
  try {
    await (
      await askService(socket, { ask: "stop" })
    ).ended;
  } catch (error) {
    if (!isMpqError(error) || error.code !== "SERVICE_NOT_RUNNING") throw error;
  }
}
