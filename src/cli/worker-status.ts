import { loadConfig } from "../config/load.ts";
import { type ServiceStatus, askService } from "../process/control.ts";
import type { ProcessStatus } from "../process/protocol.ts";
import { serviceFolder } from "../process/service-folder.ts";
import { CONFIG_ARG, JSON_ARG, type Command, command } from "./command.ts";
import { here } from "./here.ts";
import { bytes, duration, print, printJson, printTable } from "./output.ts";

const HEAD = ["QUEUE", "ROLE", "PID", "STATE", "JOB", "FOR", "DONE", "MEMORY", "UP"] as const;

export const workerStatus: Command = command({
  name: "worker:status",
  description: "Shows the service's processes and what they do",
  args: { ...CONFIG_ARG, ...JSON_ARG },
  async run({ config: file, json }) {
    const config = await loadConfig(here(file));
    const { reply } = await askService(serviceFolder(config).socket, { ask: "status" });
    const status = reply as ServiceStatus;
    if (json === true) return printJson(status);
    print(`${status.service} on ${status.host}, pid ${status.pid}, since ${status.startedAt}`);
    printTable(HEAD, status.processes.map(row));
  },
});

function row(one: ProcessStatus): (string | number)[] {
  const up = (Date.now() - Date.parse(one.startedAt)) / 1000;
  const since = one.seconds === null ? "" : duration(one.seconds);
  return [
    one.queue ?? "",
    one.role,
    one.pid,
    one.state,
    one.job ?? "",
    since,
    one.done,
    bytes(one.memory),
    duration(up),
  ];
}
