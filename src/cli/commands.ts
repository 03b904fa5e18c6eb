import { didYouMean } from "../config/suggest.ts";
import { MpqError } from "../errors.ts";
import type { Command } from "./command.ts";

/** Every command, in the order in which they are listed. One that is run is loaded alone, which keeps its start short. */
const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import("./init.ts")).init,
  "worker:start": async () => (await import("./worker-start.ts")).workerStart,
  "worker:stop": async () => (await import("./worker-stop.ts")).workerStop,
  "worker:restart": async () => (await import("./worker-restart.ts")).workerRestart,
  "worker:reload": async () => (await import("./worker-reload.ts")).workerReload,
  "worker:status": async () => (await import("./worker-status.ts")).workerStatus,
  "queue:status": async () => (await import("./queue-status.ts")).queueStatus,
  "queue:failed": async () => (await import("./queue-failed.ts")).queueFailed,
  "queue:done": async () => (await import("./queue-done.ts")).queueDone,
  "queue:show": async () => (await import("./queue-show.ts")).queueShow,
  "queue:push": async () => (await import("./queue-push.ts")).queuePush,
  "queue:retry": async () => (await import("./queue-retry.ts")).queueRetry,
  "queue:remove": async () => (await import("./queue-remove.ts")).queueRemove,
  "queue:clean": async () => (await import("./queue-clean.ts")).queueClean,
  "queue:pause": async () => (await import("./queue-pause.ts")).queuePause,
  "queue:resume": async () => (await import("./queue-pause.ts")).queueResume,
  "systemd:unit": async () => (await import("./systemd-unit.ts")).systemdUnit,
  doctor: async () => (await import("./doctor.ts")).doctor,
  demo: async () => (await import("./demo.ts")).demo,
  completion: async () => (await import("./completion.ts")).completionOf(allCommands),
  list: async () => (await import("./listing.ts")).listOf(allCommands),
  help: async () => (await import("./listing.ts")).helpOf(allCommands, loadCommand),
};

/** Loads every command. */
export function allCommands(): Promise<readonly Command[]> {
  return Promise.all(Object.values(LOADERS).map((load) => load()));
}

/** Loads the command that has a name. Throws `USAGE`. */
export async function loadCommand(name: string): Promise<Command> {
  const load = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined;
  if (load !== undefined) return load();
  const meant = didYouMean(name, Object.keys(LOADERS));
  throw new MpqError("USAGE", `mpq has no command ${JSON.stringify(name)}${meant}\nSee "mpq list".`);
}
