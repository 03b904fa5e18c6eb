import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { version } from "../src/version.ts";
import { versionOf } from "./systems/peer.ts";

/** What the figures were measured on: they hold only beside others of the same machine and run. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryMb: number;
  readonly kernel: string;
  readonly versions: Readonly<Record<string, string>>;
}

const PEERS = ["bullmq", "bee-queue", "bunqueue", "ioredis"] as const;

export function machine(): Machine {
  const peers = PEERS.map((name) => [name, versionOf(name) ?? "missing"] as const);
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    memoryMb: Math.round(totalmem() / 2 ** 20),
    kernel: `${type()} ${release()}`,
    versions: {
      mpq: version,
      bun: Bun.version,
      node: said("node", /v([\d.]+)/),
      redis: said("redis-server", /v=([\d.]+)/),
      ...Object.fromEntries(peers),
    },
  };
}

function said(program: string, pattern: RegExp): string {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return pattern.exec(stdout ?? "")?.[1] ?? "missing";
}
