import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../support/certificate.ts";
import { startCluster } from "../support/cluster.ts";
import { Project } from "../support/project.ts";
import { freePort, startRedis } from "../support/redis.ts";
import { startSentinel } from "../support/sentinel.ts";
import { until } from "../support/until.ts";

/** A store that a URL leads to, and what the environment must say beside it. */
interface Place {
  readonly url: string;
  readonly env?: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), "mpq-url-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PLACES: readonly (readonly [form: string, start: () => Promise<Place>])[] = [
  ["sqlite:path", async () => ({ url: "sqlite:store/jobs.db", end: async () => undefined })],
  ["redis://host:port/db", () => startOnPort("redis")],
  ["rediss://host:port", () => startOnPort("rediss")],
  ["redis+unix:///path?db=1", startOnSocket],
  ["redis+cluster://host:port,…", startNodes],
  ["redis+sentinel://host:port/name", startWatched],
];

test.each(PLACES)(
  "MPQ_DRIVER_URL=%s says where the store is to whoever pushes and to the service, in both modes",
  async (_, start) => {
    const place = await start();
    const project = new Project();
    try {
      const queues = { distribute: { workers: 1 }, grab: { workers: 1, mode: "grab" } };
      project.write("mpq.config.json", JSON.stringify({ runDir: "./run", queues }));
      project.job("noted", `export function noted(data, job) { note("run", job, { queue: job.queue, n: data.n }); }`);
      const env = { ...project.env, ...place.env, MPQ_DRIVER_URL: place.url };
      for (const queue of Object.keys(queues)) {
        const pushed = await project.run(env, "queue:push", "-q", queue, "noted", '{"n":1}');
        expect(pushed).toMatchObject({ code: 0, stderr: "" });
      }
      const service = await project.start(env);
      for (const queue of Object.keys(queues)) {
        await project.run(env, "queue:push", "-q", queue, "noted", '{"n":2}', "--delay", "0.05");
      }
      await until("all ran", () => project.steps("run").length === 4);
      for (const queue of Object.keys(queues)) {
        expect(project.steps("run").filter((line) => line["queue"] === queue)).toMatchObject([{ n: 1 }, { n: 2 }]);
      }
      expect(await service.stop()).toBe(0);
    } finally {
      await project.end();
      await place.end();
    }
  },
);

async function startOnPort(scheme: "redis" | "rediss"): Promise<Place> {
  const port = String(freePort());
  if (scheme === "redis") {
    const server = await startRedis({ port, bind: "127.0.0.1" });
    return { url: `redis://127.0.0.1:${port}/2`, end: () => server.stop() };
  }
  const { key, certificate } = makeCertificate(folder);
  const tls = { "tls-port": port, "tls-key-file": key, "tls-cert-file": certificate, "tls-auth-clients": "no" };
  const server = await startRedis({ bind: "127.0.0.1", ...tls });
  return { url: `rediss://127.0.0.1:${port}`, env: { NODE_EXTRA_CA_CERTS: certificate }, end: () => server.stop() };
}

async function startOnSocket(): Promise<Place> {
  const server = await startRedis();
  return { url: `${server.url}?db=1`, end: () => server.stop() };
}

async function startNodes(): Promise<Place> {
  const cluster = await startCluster();
  return { url: cluster.url, end: () => cluster.stop() };
}

async function startWatched(): Promise<Place> {
  const port = freePort();
  const server = await startRedis({ port: String(port), bind: "127.0.0.1" });
  const sentinel = await startSentinel(port);
  const end = async (): Promise<void> => {
    await Promise.all([sentinel.stop(), server.stop()]);
  };
  return { url: sentinel.url, end };
}
