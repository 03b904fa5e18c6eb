import { loadConfig } from "../config/load.ts";
import { type ServiceStatus, askService } from "../process/control.ts";
import type { ProcessStatus } from "../process/protocol.ts";
import { serviceFolder } from "../process/service-folder.ts";
import { inert } from "../telemetry/inert.ts";
import { CONFIG_ARG, JSON_ARG, WATCH_ARG, type Command, command } from "./command.ts";
import { here } from "./here.ts";
import { bytes, duration, jsonOf, tableOf } from "./output.ts";
import { show } from "./watch.ts";

const HEAD = ["QUEUE", "ROLE", "PID", "STATE", "JOB", "FOR", "DONE", "MEMORY", "STARTED", "UP"] as const;

export const workerStatus: Command = command({
  name: "worker:status",
  description: "Shows the service's processes and what they do",
  args: { ...CONFIG_ARG, ...JSON_ARG, ...WATCH_ARG },
  async run({ config: file, json, watch }) {
    const { socket } = serviceFolder(await loadConfig(here(file)));
    await show(async () => {
      const { reply } = await askService(socket, { ask: "status" });
      const status = reply as ServiceStatus;
      return json === true ? jsonOf(status) : textOf(status);
    }, watch);
  },
});

function textOf({ service, host, pid, startedAt, processes }: ServiceStatus): string {
  const head = `${service} on ${host}, pid ${pid}, since ${startedAt}`;
  return `${inert(head)}\n${tableOf(HEAD, processes.map(row))}`;
}

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
    one.startedAt,
    duration(up),
  ];
}
