import { join } from "node:path";
import type { World } from "../world.ts";
import { warmUpFor } from "../warm-up.ts";
import { type How, type Jobs, queueName } from "./system.ts";

const CLIENTS: string = join(import.meta.dir, "../clients");

/** How a client's programs are run. */
export interface Client {
  readonly runtime: string;
  readonly file: string;
  readonly address: string;
}

export function programOf(name: "push" | "work", { runtime, file, address }: Client): string[] {
  return [runtime, join(CLIENTS, `${name}.mjs`), join(CLIENTS, file), address];
}

/** Runs `clients/push.mjs` and gives the number that it prints. */
export async function runPusher(
  world: World,
  client: Client,
  how: How | "left",
  count: number = 0,
  jobs: Jobs = {},
): Promise<number> {
  const what = JSON.stringify({ queue: queueName(0), warmUp: warmUpFor(count), ...jobs });
  return Number(await world.outputOf([...programOf("push", client), how, String(count), what]));
}
