import type { Config } from "../../config/config.ts";
import { type ErrorReport, MpqError, reportOf } from "../../errors.ts";
import { emit } from "../../telemetry/events.ts";
import type { ControlReply } from "../control.ts";
import { freshSettings, settingsOf } from "../loader.ts";
import type { ServiceSettings } from "../protocol.ts";
import type { Masters } from "./masters.ts";

/** Reloads the service: reads its configuration anew, and has its masters go by it. */
export class Reloading {
  readonly #config: Config;
  readonly #masters: Masters;
  #running: Promise<ControlReply> | undefined;

  constructor(config: Config, masters: Masters) {
    this.#config = config;
    this.#masters = masters;
  }

  /** One reload at a time: who asks for another meanwhile is answered with the same. */
  reload(): Promise<ControlReply> {
    this.#running ??= this.#reload().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #reload(): Promise<ControlReply> {
    const { name } = this.#config;
    emit({ event: "service.reloading", name });
    try {
      const failed = await this.#masters.reload((await this.#settings()).queues);
      if (failed !== undefined) return this.#failed(failed.error, failed.queue);
    } catch (error) {
      return this.#failed(reportOf(error));
    }
    emit({ event: "service.reloaded", name });
    return { ok: true };
  }

  /** The configuration as its file is now. Without a file there is nothing to read anew. */
  async #settings(): Promise<ServiceSettings> {
    const running = settingsOf(this.#config);
    if (this.#config.file === undefined) return running;
    const fresh = await freshSettings(this.#config);
    const fixed = FIXED.filter(([key]) => fresh[key] !== running[key]);
    if (fixed.length === 0) return fresh;
    const changes = fixed.map(
      ([key, option]) => `${option} is now ${fresh[key]}, the service runs with ${running[key]}`,
    );
    throw new MpqError(
      "CONFIG_INVALID",
      `${this.#config.file}: ${changes.join("; ")}. A reload cannot change that; use mpq worker:restart`,
    );
  }

  #failed(error: ErrorReport, queue?: string): ControlReply {
    const { name } = this.#config;
    if (queue === undefined) {
      emit({ event: "service.reload-failed", name, error });
      return { error };
    }
    emit({ event: "service.reload-failed", name, queue, error });
    const message = `queue ${JSON.stringify(queue)} keeps its old workers: ${error.message}`;
    return { error: { ...error, message } };
  }
}

/** What a service cannot change while it runs, and the options that say it. */
const FIXED = [
  ["name", "name"],
  ["runDir", "runDir"],
  ["store", "driver"],
] as const;
