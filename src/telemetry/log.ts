import { LOG_LEVELS, type LogLevel } from "../config/config.ts";
import type { Event } from "./events.ts";

/** Tells whether what has one level is logged when `least` is asked for. */
export function isLogged(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/** What is logged of an event: what was printed, line by line. */
export function entriesOf(event: Event): readonly Event[] {
  if (!("stream" in event)) return [event];
  return event.message.split("\n").map((message) => ({ ...event, message }));
}

interface Line {
  readonly level: LogLevel;
  readonly text: string;
}

/** The wording and the level of each event. */
export function lineOf(event: Event): Line {
  switch (event.event) {
    case "service.started":
      return { level: "info", text: `${event.name} is up: ${count(event.queues, "queue")} on ${event.store}` };
    case "service.stopping":
      return {
        level: "info",
        text: event.force ? `${event.name} is being killed` : `${event.name} stops: running jobs may finish`,
      };
    case "service.reloading":
      return { level: "info", text: `${event.name} reloads: its workers are replaced one after another` };
    case "service.reloaded":
      return { level: "info", text: `${event.name} is reloaded` };
    case "service.reload-failed":
      return {
        level: "error",
        text: `${event.name} is not reloaded, ${event.queue ?? "every queue"} keeps its old workers: ${event.error.stack ?? event.error.message}`,
      };
    case "service.stopped":
      return { level: "info", text: `${event.name} has stopped` };
    case "service.reclaimed":
      return {
        level: "warn",
        text: `${event.name} was not stopped when it last ran (pid ${event.pid} on ${event.host}); its jobs are taken back`,
      };
    case "service.replaced":
      return {
        level: "error",
        text: `another service took the name ${event.name} (pid ${event.pid} on ${event.host}) while the store was out of reach; this one stops`,
      };
    case "loader.output":
      return { level: "info", text: `the configuration | ${event.message}` };
    case "service.crashed":
      return { level: "error", text: `${event.name} ends: ${event.error.stack ?? event.error.message}` };
    case "queue.up":
      return { level: "info", text: `${event.queue}: ${count(event.workers, "worker")} ready (${event.mode})` };
    case "master.started":
      return { level: "debug", text: `${event.queue}: master ${event.pid} starts, as owner ${event.owner}` };
    case "master.died":
      return { level: "error", text: `${event.queue}: the master ended ${event.how}; another takes over` };
    case "master.output":
      return { level: "info", text: `${event.queue}: the master | ${event.message}` };
    case "worker.ready":
      return { level: "debug", text: `${event.queue}: worker ${event.pid} is ready after ${event.seconds} s` };
    case "worker.left":
      return { level: "debug", text: `${event.queue}: worker ${event.pid} was to leave, and ended ${event.how}` };
    case "worker.died":
      return { level: "warn", text: `${event.queue}: worker ${event.pid} ended ${event.how}; another takes over` };
    case "worker.silent": {
      const text = `${event.queue}: worker ${event.pid} runs nothing and does not answer: code of a job holds it; it is killed`;
      return { level: "error", text };
    }
    case "worker.renewed": {
      const text = `${event.queue}: worker ${event.pid} reached a limit (${count(event.done, "job")}, ${megabytes(event.memory)}); another takes its place`;
      return { level: "info", text };
    }
    case "worker.near-limit": {
      const text = `${event.queue}: worker ${event.pid} uses ${megabytes(event.memory)} before its first job, of ${megabytes(event.limit)} that it may; raise memoryLimit, or load less`;
      return { level: "warn", text };
    }
    case "worker.broken":
      return {
        level: "error",
        text: `${event.queue}: a worker cannot start: ${event.error.stack ?? event.error.message}`,
      };
    case "worker.stray":
      return {
        level: "error",
        text: `${event.queue}: code in worker ${event.pid} threw where nobody awaits it: ${event.error.stack ?? event.error.message}`,
      };
    case "worker.output": {
      const job = event.job === undefined ? "" : `, job ${event.job}`;
      return { level: "info", text: `${event.queue}: worker ${event.pid}${job} | ${event.message}` };
    }
    case "jobs.recovered":
      return { level: "warn", text: `${event.queue}: took ${count(event.jobs, "job")} back from ${event.owner}` };
    case "job.attempt-failed":
      return {
        level: "warn",
        text: `${event.queue}: job ${event.job} failed (${event.outcome}): ${event.error.message}; ${event.next}`,
      };
    case "job.failed":
      return {
        level: "error",
        text: `${event.queue}: job ${event.job} is kept as failed: ${event.error?.message ?? "no reason known"}`,
      };
    case "job.lease-lost":
      return { level: "warn", text: `${event.queue}: job ${event.job} was somebody else's by the time it was settled` };
    case "store.lost":
      return { level: "error", text: `${event.queue}: ${event.error.message}; trying again` };
    case "store.back":
      return { level: "info", text: `${event.queue}: the store answers again` };
    case "systemd.unreachable": {
      const text = `systemd hears nothing of this service: no message goes to ${event.socket}; see that the unit's RestrictAddressFamilies has AF_UNIX`;
      return { level: "warn", text };
    }
    case "log.lost":
      return { level: "warn", text: `lost ${count(event.lines, "line")} of the log: nobody took them in time` };
    case "log.failed":
      return { level: "error", text: `the log cannot be written: ${event.error.message}; trying again` };
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
