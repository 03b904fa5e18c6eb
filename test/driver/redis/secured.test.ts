import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redis } from "../../../src/driver/redis/redis.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { ROOT, page } from "../../support/markdown.ts";
import { freePort, startRedis } from "../../support/redis.ts";
import { MODES, type Opened, describeDriver } from "../contract.ts";

const PASSWORD = "a-long-password";

/** The user that `docs/drivers.md` says how to make. */
const USER = /^ACL SETUSER (mpq on .*)$/m.exec(page("docs/drivers.md"))?.[1]?.split(" ") ?? [];

for (const mode of MODES) describeDriver("redis over TLS, as a user with no more rights than documented", open, mode);

async function open(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), "mpq-tls-"));
  const { key, certificate } = makeCertificate(folder);
  const port = freePort();
  const server = await startRedis({
    "tls-port": String(port),
    "tls-key-file": key,
    "tls-cert-file": certificate,
    "tls-auth-clients": "no",
    bind: "127.0.0.1",
  });
  await server.admin.call("ACL", "SETUSER", ...USER);
  await server.admin.call("ACL", "SETUSER", "default", "resetkeys", "-@all", "+shutdown");
  const tls = { ca: readFileSync(certificate) };
  const opener = redis({ url: `rediss://mpq@127.0.0.1:${port}`, password: PASSWORD, tls });
  const end = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true });
  };
  return { connect: () => opener.open(), end };
}

test("no right is documented that nothing in the driver needs", () => {
  const folder = join(ROOT, "src/driver/redis");
  const files = [...new Bun.Glob("**/*.{ts,lua}").scanSync(folder)];
  const text = files.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  const commands = USER.filter((rule) => rule.startsWith("+")).map((rule) => rule.slice(1).toUpperCase());
  const unused = commands.filter((command) => command.split("|").some((word) => !text.includes(`"${word}"`)));
  // The client makes these calls itself.
  expect(unused).toEqual(["AUTH", "SELECT"]);
});
