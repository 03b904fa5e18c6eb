import { loadConfig } from "../config/load.ts";
import { askService } from "../process/control.ts";
import { serviceFolder } from "../process/service-folder.ts";
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
    const { ended } = await askService(serviceFolder(config).socket, { ask: force === true ? "kill" : "stop" });
    await ended;
    print(`${config.name} has stopped`);
  },
});
