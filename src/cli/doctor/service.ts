import type { Config } from "../../config/config.ts";
import type { Driver, Finding, HeldService } from "../../driver/driver.ts";
import { isMpqError } from "../../errors.ts";
import { type ServiceStatus, askService } from "../../process/control.ts";
import { isAlive, machineName } from "../../process/identity.ts";
import { serviceFolder } from "../../process/service-folder.ts";

/** Whether the service runs here, or something else keeps it from starting. Without a store only the first is seen. */
export async function serviceFinding(config: Config, store: Driver | undefined): Promise<Finding> {
  const running = await statusOf(config);
  if (running !== undefined) {
    const { pid, startedAt, processes } = running;
    const message = `${JSON.stringify(config.name)} runs here: pid ${pid}, since ${startedAt}, ${processes.length} processes`;
    return { check: "service", level: "ok", message };
  }
  return judgeHolder(config, await store?.holderOf(config.name));
}

async function statusOf(config: Config): Promise<ServiceStatus | undefined> {
  try {
    return (await askService(serviceFolder(config).socket, { ask: "status" })).reply as ServiceStatus;
  } catch (error) {
    if (isMpqError(error) && error.code === "SERVICE_NOT_RUNNING") return undefined;
    throw error;
  }
}

function judgeHolder({ name, runDir }: Config, held: HeldService | undefined): Finding {
  const check = "service";
  const none = `no service ${JSON.stringify(name)} runs`;
  if (held === undefined) return { check, level: "ok", message: none };
  const { holder } = held;
  const isHere = holder.machine === machineName();
  if (isHere && !isAlive(holder)) {
    return { check, level: "ok", message: `${none}; the last one was killed, and the next start takes its jobs back` };
  }
  const where = `runs as pid ${holder.pid} on ${holder.host}`;
  const advice = isHere
    ? `but not in ${runDir}, where commands look for it: give both the same runDir`
    : "on the same store, so that it cannot start here: give this one another name";
  return { check, level: "fail", message: `a service ${JSON.stringify(name)} ${where}, ${advice}` };
}
