import { type TestRedis, startRedis } from "./redis.ts";
import { Project } from "./project.ts";

/** Every store and mode that a behaviour must hold on. */
export const COMBINATIONS = [
  { store: "sqlite", mode: "distribute" },
  { store: "sqlite", mode: "grab" },
  { store: "redis", mode: "distribute" },
  { store: "redis", mode: "grab" },
] as const;

export type Combination = (typeof COMBINATIONS)[number];

/** More than a file has tests: each has one of its own, which no other has used. */
const DATABASES = 1_000;

/** The stores of one test file: a private Redis for all of its Redis tests, started when the first one needs it. */
export class Stores {
  #redis: Promise<TestRedis> | undefined;
  readonly #projects: Project[] = [];
  #databases = 0;

  /** An empty project on a store of this kind that nothing else uses. */
  async project(store: Combination["store"]): Promise<Project> {
    const project = new Project(store === "redis" ? await this.#database() : undefined);
    this.#projects.push(project);
    return project;
  }

  /** Ends what the test started. */
  async afterEach(): Promise<void> {
    for (const project of this.#projects.splice(0)) await project.end();
  }

  async afterAll(): Promise<void> {
    await (await this.#redis)?.stop();
  }

  async #database(): Promise<string> {
    this.#redis ??= startRedis({ databases: String(DATABASES) });
    const { url } = await this.#redis;
    return `${url}${url.includes("?") ? "&" : "?"}db=${this.#databases++}`;
  }
}
