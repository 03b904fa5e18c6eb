import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secrets, readSecret, secretsFor } from "../../src/config/secrets.ts";
import { redis } from "../../src/driver/redis/redis.ts";
import { keyIdOf } from "../../src/job/signature.ts";

const ONE = "the first secret of them";
const TWO = "the second secret of them";
const elsewhere = redis("redis://nowhere:1");

const world = mkdtempSync(join(tmpdir(), "mpq-secrets-"));
let files = 0;
const newFile = (): string => join(world, `${++files}.db.secret`);
const beside = (file: string): Secrets => new Secrets(undefined, file, "sqlite:x");

afterAll(() => rmSync(world, { recursive: true }));

describe("secrets that are given", () => {
  test("the first signs and all verify", () => {
    const secrets = secretsFor(elsewhere, [ONE, TWO], {});
    expect(secrets.signing()).toBe(ONE);
    expect([ONE, TWO].map((each) => secrets.withKeyId(keyIdOf(each)))).toEqual([ONE, TWO]);
    expect(secrets.withKeyId("unknown1")).toBeUndefined();
  });

  test("MPQ_SECRET holds several with a comma between, and counts where the configuration is silent", () => {
    const env = { MPQ_SECRET: ` ${TWO} , ${ONE},` };
    expect(secretsFor(elsewhere, undefined, env).signing()).toBe(TWO);
    expect(secretsFor(elsewhere, [ONE], env).signing()).toBe(ONE);
  });

  test("without any, nothing is signed for a store that other hosts may use", () => {
    const signing = (): string => secretsFor(elsewhere, undefined, { MPQ_SECRET: "" }).signing();
    const refusal = { code: "SECRET_MISSING", message: expect.stringContaining("set MPQ_SECRET") };
    expect(signing).toThrow(expect.objectContaining(refusal) as unknown as Error);
  });

  test.each<[string, unknown, string]>([
    ["a short one", "hunter2", "secret is too short; expected a text of 16 characters or more"],
    ["a short one among others", [ONE, "hunter2"], "secret is too short"],
    ["one that is no text", 4_711_471_147_114_711, "secret is of the type number"],
    ["an empty list", [], "secret is an empty list"],
  ])("%s is refused, and not shown", (_, value, message) => {
    const read = (): unknown => readSecret(value, "secret");
    expect(read).toThrow(message);
    expect(read).not.toThrow(/hunter2|4711/);
  });

  test("no log shows them", () => {
    expect(Bun.inspect(secretsFor(elsewhere, [ONE], {}), { depth: 9 })).not.toContain(ONE);
  });
});

describe("a secret beside an embedded store", () => {
  test("is made on first use, for its owner alone, and is the same for everybody", () => {
    const file = newFile();
    const secret = beside(file).signing();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(beside(file).signing()).toBe(secret);
    expect(readdirSync(world).filter((name) => name.startsWith(`${files}.`))).toEqual([`${files}.db.secret`]);
  });

  test("is one, however many processes make it at once", async () => {
    const file = newFile();
    const code = `import { Secrets } from ${JSON.stringify(join(import.meta.dir, "../../src/config/secrets.ts"))};
      console.log(new Secrets(undefined, ${JSON.stringify(file)}, "sqlite:x").signing());`;
    const made = await Promise.all(
      Array.from({ length: 6 }, () => Bun.spawn([process.execPath, "-e", code]).stdout.text()),
    );
    expect(new Set(made.map((each) => each.trim()))).toEqual(new Set([readFileSync(file, "utf8").trim()]));
  });

  test("is found by a worker that looked before it was made", () => {
    const file = newFile();
    const worker = beside(file);
    expect(worker.withKeyId("unknown1")).toBeUndefined();
    const secret = beside(file).signing();
    expect(worker.withKeyId(keyIdOf(secret))).toBe(secret);
  });

  test("may be followed by older ones, a line each", () => {
    const file = newFile();
    writeFileSync(file, `${ONE}\n${TWO}\n`, { mode: 0o600 });
    expect(beside(file).signing()).toBe(ONE);
    expect(beside(file).withKeyId(keyIdOf(TWO))).toBe(TWO);
  });

  test.each<[string, (file: string) => void, string]>([
    ["a file that its group may read", (file) => chmodSync(file, 0o640), "has the mode 0640; expected"],
    ["a file that others may write", (file) => chmodSync(file, 0o602), "has the mode 0602; expected"],
    ["an empty file", (file) => writeFileSync(file, "\n"), "is empty; remove it"],
    ["a link to one", (file) => (renameSync(file, `${file}.real`), symlinkSync(`${file}.real`, file)), "ELOOP"],
  ])("%s is not used", (_, spoil, message) => {
    const file = newFile();
    const secret = beside(file).signing();
    spoil(file);
    for (const use of [() => beside(file).signing(), () => beside(file).withKeyId("unknown1")]) {
      const refusal = { code: "SECRET_MISSING", message: expect.stringContaining(message) };
      expect(use).toThrow(expect.objectContaining(refusal) as unknown as Error);
      expect(use).not.toThrow(secret);
    }
  });

  test("of another user is not used", () => {
    const file = newFile();
    writeFileSync(file, ONE, { mode: 0o600 });
    // Only root can give a file away; anybody else finds one of root's.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(file, 65_534, 65_534);
    expect(() => beside(isRoot ? file : "/etc/hostname").signing()).toThrow(/belongs to the user (?:65534|0) /);
  });
});
