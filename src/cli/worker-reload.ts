import { loadConfig } from "../config/load.ts";
import { MpqError } from "../errors.ts";
import { askService } from "../process/control.ts";
import { serviceFolder } from "../process/service-folder.ts";
import { CONFIG_ARG, type Command, command } from "./command.ts";
import { here } from "./here.ts";
import { print } from "./output.ts";

export const workerReload: Command = command({
  name: "worker:reload",
  description: "Replaces the workers one after another with fresh code, without a gap",
  args: CONFIG_ARG,
  async run({ config: file }) {
    // This process loads the configuration as it is now, so one that will not do ends here and changes nothing.
    const config = await loadConfig(here(file));
    const { socket } = serviceFolder(config);
    // A reload takes as long as it takes. One that hangs already shows here that it does.
    await askService(socket, { ask: "status" });
    const { reply } = await askService(socket, { ask: "reload" });
    if ("error" in reply) throw new MpqError("START_FAILED", reply.error.message);
    print(`${config.name} is reloaded`);
  },
});
