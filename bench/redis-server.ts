import { RedisClient } from "bun";
import { until } from "./clock.ts";
import { type World, freePort } from "./world.ts";

/** A Redis without persistence on a port of its own. Every system reaches it over TCP. */
export class RedisServer {
  readonly url: string;
  readonly pid: number;
  readonly #admin: RedisClient;

  private constructor(url: string, pid: number) {
    this.url = url;
    this.pid = pid;
    this.#admin = new RedisClient(url);
  }

  static async start(world: World): Promise<RedisServer> {
    const port = String(freePort());
    const dir = world.newFolder();
    const settings = { port, bind: "127.0.0.1", dir, save: "", appendonly: "no", loglevel: "warning" };
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const { pid } = world.spawn(["redis-server", ...flags]);
    const server = new RedisServer(`redis://127.0.0.1:${port}`, pid);
    await until("the redis-server answers", () => server.#answers());
    return server;
  }

  async empty(): Promise<void> {
    await this.#admin.send("FLUSHALL", ["SYNC"]);
  }

  /** Loads a script and gives its digest. */
  async load(script: string): Promise<string> {
    return String(await this.#admin.send("SCRIPT", ["LOAD", script]));
  }

  async usedMemory(): Promise<number> {
    return Number(await this.#info("memory", /^used_memory:(\d+)/m));
  }

  async forgetCommands(): Promise<void> {
    await this.#admin.send("CONFIG", ["RESETSTAT"]);
  }

  /** How often each command ran since {@link forgetCommands}, inside of scripts too; without the benchmark's own. */
  async commands(): Promise<ReadonlyMap<string, number>> {
    const text = await this.#infoText("commandstats");
    const all = [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
    const counts = all.map(([, name = "", calls]) => [name, Number(calls)] as const);
    return new Map(counts.filter(([name]) => !/^(info|config|monitor)/.test(name)));
  }

  /** Commands that clients send within so many seconds: scripts count once, whatever they run. */
  async sentWithin(seconds: number): Promise<number> {
    let text = "";
    const { hostname, port } = new URL(this.url);
    const data = (_: unknown, bytes: Uint8Array): void => {
      text += new TextDecoder().decode(bytes);
    };
    const monitor = await Bun.connect({ hostname, port: Number(port), socket: { data } });
    monitor.write("MONITOR\r\n");
    await Bun.sleep(seconds * 1000);
    monitor.terminate();
    return [...text.matchAll(/^\+[\d.]+ \[\d+ (?!lua\])/gm)].length;
  }

  async #info(section: string, field: RegExp): Promise<string> {
    const found = field.exec(await this.#infoText(section))?.[1];
    if (found === undefined) throw new Error(`INFO ${section} has no ${field.source}`);
    return found;
  }

  async #infoText(section: string): Promise<string> {
    return String(await this.#admin.send("INFO", [section]));
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.#admin.send("PING", [])) === "PONG";
    } catch {
      return false; // not up yet
    }
  }
}
