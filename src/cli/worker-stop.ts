import { loadConfig } from "../config/load.ts";
import { isMpqError } from "../errors.ts";
import { askService } from "../process/control.ts";
import { killHolder } from "../process/manage/pid-file.ts";
import { type ServiceFolder, serviceFolder } from "../process/service-folder.ts";
import { CONFIG_ARG, type Command, command } from "./command.ts";
import { here } from "./here.ts";
import { print } from "./output.ts";

export const workerStop: Command = command({
  name: "worker:stop",
  description: "Stops the service and waits until it is gone; running jobs may finish",
  args: {
    ...CONFIG_ARG,
    force: { type: "boolean", description: "Kill it now; running jobs go back to their queues" },
  },
  async run({ config: file, force }) {
    const config = await loadConfig(here(file));
    const folder = serviceFolder(config);
    await (force === true ? kill(folder) : stop(folder));
    print(`${config.name} has stopped`);
  },
});

async function stop({ socket }: ServiceFolder): Promise<void> {
  const { ended } = await askService(socket, { ask: "stop" });
  await ended;
}

/** A service that hangs is killed without being asked. */
async function kill({ socket, pidFile }: ServiceFolder): Promise<void> {
  try {
    const { ended } = await askService(socket, { ask: "kill" });
    await ended;
  } catch (error) {
    const isSilent = isMpqError(error) && error.code === "SERVICE_SILENT";
    if (!isSilent || !(await killHolder(pidFile))) throw error;
  }
}
