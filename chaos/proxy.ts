import { type Server, type Socket, connect, createServer } from "node:net";
import { join } from "node:path";
import type { World } from "./world.ts";

/**
 * What a line does with the bytes of one direction. `hold`: they wait, and come later, as when a network mends. `swallow`:
 * they are gone, and the line never carries anything in this direction again, though nobody is told.
 */
export type Passage = "pass" | "hold" | "swallow";

/** Which replies are lost, and their lines with them, after what they answer was carried out. */
export type Loss = (request: Buffer) => boolean;

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  /** Directions that carry nothing any more. */
  readonly dead: Set<Direction>;
  isDoomed: boolean;
}

type Direction = "requests" | "replies";

/** Stands between the processes of a run and their Redis, and does to their lines what networks do. */
export class Proxy {
  readonly url: string;
  readonly #target: string;
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  readonly #passages: Record<Direction, Passage> = { requests: "pass", replies: "pass" };
  #mended = Promise.withResolvers<void>();
  #isRefusing = false;
  loses: Loss = () => false;
  /** How many replies were lost. */
  lost = 0;
  /** How long each reply takes on its way. */
  delayMs: () => number = () => 0;

  constructor(world: World, target: string) {
    this.#target = target;
    const path = join(world.folder, "proxy.sock");
    this.url = `redis+unix://${path}`;
    this.#server = createServer((client) => this.#accept(client)).listen(path);
    world.onEnd(() => this.#close());
  }

  /** What becomes of everything from now on, in each direction. */
  set(passages: Partial<Record<Direction, Passage>>): void {
    Object.assign(this.#passages, passages);
  }

  /** Drops every line, and takes none until {@link mend}. */
  refuse(): void {
    this.#isRefusing = true;
    this.drop();
  }

  /** Drops every line that there is. */
  drop(): void {
    for (const { client } of this.#lines) client.destroy();
  }

  /** Lets everything pass again, first what was held. Lines that swallowed something stay dead. */
  mend(): void {
    this.set({ requests: "pass", replies: "pass" });
    this.#isRefusing = false;
    this.#mended.resolve();
    this.#mended = Promise.withResolvers();
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) return void client.destroy();
    const line: Line = { client, server: connect(this.#target), dead: new Set(), isDoomed: false };
    this.#lines.add(line);
    this.#carry(line, "requests", (chunk) => {
      if (this.loses(chunk)) line.isDoomed = true;
      line.server.write(chunk);
    });
    this.#carry(line, "replies", (chunk) => {
      if (!line.isDoomed) return void client.write(chunk);
      this.lost++;
      client.destroy();
    });
    const end = (): void => {
      this.#lines.delete(line);
      client.destroy();
      // What was sent is carried out all the same.
      line.server.end();
    };
    for (const socket of [client, line.server]) socket.on("error", end).on("close", end);
  }

  /** Carries the bytes of one direction in their order. */
  #carry(line: Line, direction: Direction, deliver: (chunk: Buffer) => void): void {
    let before = Promise.resolve();
    const from = direction === "requests" ? line.client : line.server;
    from.on("data", (chunk: Buffer) => {
      before = before.then(async () => {
        if (direction === "replies") await Bun.sleep(this.delayMs());
        while (this.#passages[direction] === "hold") await this.#mended.promise;
        if (this.#passages[direction] === "swallow") line.dead.add(direction);
        if (!line.dead.has(direction)) deliver(chunk);
      });
    });
  }

  #close(): void {
    this.drop();
    this.#server.close();
  }
}
