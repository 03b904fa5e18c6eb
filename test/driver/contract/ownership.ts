import { describe, expect, test } from "bun:test";
import { TOKEN_MAX, type Settlement, type TakenJob } from "../../../src/driver/driver.ts";
import { newJobId } from "../../../src/job/id.ts";
import { LONG_LEASE_MS, SHORT_LEASE_MS, done, failed, failing, numbered, release, retry } from "./queue.ts";
import type { World } from "./world.ts";

const SETTLEMENTS: Readonly<Record<Settlement["kind"], (job: TakenJob) => Settlement>> = {
  done,
  release,
  failing,
  failed,
  retry: (job) => retry(job, 0),
};

export function describeOwnership(world: World): void {
  describe("who holds a job", () => {
    for (const [kind, settlement] of Object.entries(SETTLEMENTS)) {
      test(`a settlement (${kind}) by one who lost the lease changes nothing and is named`, async () => {
        const queue = await world.queue();
        const job = await queue.pushAndTake("a");
        await world.driver.recover(queue.name, { owner: queue.taker.owner }, { as: "untouched" });
        const next = world.taker("next");
        const held = await queue.takeOne(next);
        expect(await queue.settle([settlement(job)])).toEqual(["a"]);
        const { envelope } = job;
        expect(await world.driver.get(queue.name, "a")).toEqual({
          id: "a",
          state: "active",
          envelope,
          interruptions: 0,
        });
        expect(await queue.settle([done(held)], next)).toEqual([]);
      });
    }

    test("the token of an earlier take is refused, also when the same taker took the job again", async () => {
      const queue = await world.queue();
      const first = await queue.pushAndTake("a");
      await queue.settle([release(first)]);
      const second = await queue.takeOne();
      expect(second.token).not.toBe(first.token);
      expect(await queue.settle([done(first)])).toEqual(["a"]);
      expect(await queue.settle([done(second)])).toEqual([]);
    });

    test("a token is refused when the job was cleaned away and pushed again under its id", async () => {
      const queue = await world.queue();
      const first = await queue.pushAndTake("a");
      await queue.settle([release(first)]);
      expect(await world.driver.clean(queue.name, 10)).toBe(1);
      const second = await queue.pushAndTake("a");
      expect(await queue.settle([done(first)])).toEqual(["a"]);
      expect(await queue.settle([done(second)])).toEqual([]);
    });

    test("another owner is refused, though it knows the token", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a");
      expect(await queue.settle([done(job)], world.taker("thief"))).toEqual(["a"]);
      expect(await queue.settle([done(job)])).toEqual([]);
    });

    test("another worker of the same owner is refused, though it knows the token", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a", { owner: "owner", worker: "owner.1" });
      expect(await queue.settle([done(job)], { owner: "owner", worker: "owner.2" })).toEqual(["a"]);
      expect(await queue.settle([done(job)], { owner: "owner", worker: "owner.1" })).toEqual([]);
    });

    test("a token has room on a board, whatever the names of its taker and however many jobs were pushed at once", async () => {
      const queue = await world.queue();
      const taker = { owner: `${newJobId()}.1000.`, worker: "1000000" };
      await queue.push(...Array.from({ length: 1_000 }, (_, index) => `job-${index}`));
      const tokens = (await queue.take(1_000, taker)).map(({ token }) => token);
      expect(tokens.filter((token) => !/^[ -~]+$/.test(token) || token.length > TOKEN_MAX)).toEqual([]);
      expect(tokens.length).toBe(1_000);
    });

    test("settling the same job twice counts once and names the second", async () => {
      const queue = await world.queue();
      await queue.push("a", "b");
      const [a, b] = await queue.take(2);
      if (!a || !b) throw new Error("two jobs were pushed");
      expect(await queue.settle([done(a), done(b), done(a)])).toEqual(["a"]);
      expect(await queue.settle([done(a), failed(b)])).toEqual(["a", "b"]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ done: 2, failed: 0, ready: 0 });
    });

    test("a job that nobody took, or that is not there, cannot be settled", async () => {
      const queue = await world.queue();
      await queue.push("a");
      const token = "1";
      expect(await queue.settle([done({ id: "a", token }), done({ id: "nobody", token })])).toEqual(["a", "nobody"]);
      expect(await queue.takeIds(2)).toEqual(["a"]);
    });

    test("an owner whose lease has ended still holds its jobs until they are recovered", async () => {
      const queue = await world.queue();
      await queue.push("a");
      const exchange = { settle: [], take: 1, leaseMs: SHORT_LEASE_MS };
      const { taken } = await world.driver.exchange(queue.name, queue.taker, exchange);
      expect(await queue.take(1, world.taker("next"))).toEqual([]);
      expect(await queue.settle(taken.map(done))).toEqual([]);
    });
  });

  describeTakers(world);
  describeLeases(world);
}

function describeTakers(world: World): void {
  describe("several takers", () => {
    test("concurrent takers on several connections get each job once", async () => {
      const queue = await world.queue();
      const ids = numbered(600);
      await queue.push(...ids);
      const drain = async (number: number): Promise<readonly string[]> => {
        const mine = queue.through(await world.connect());
        const taker = world.taker(`owner${number}`);
        const seen: string[] = [];
        for (let taken = await mine.take(7, taker); taken.length > 0;) {
          seen.push(...taken.map(({ id }) => id));
          taken = (await mine.exchange(7, taken.map(done), taker)).taken;
        }
        return seen;
      };
      const seen = await Promise.all([0, 1, 2, 3].map(drain));
      expect(seen.flat().toSorted()).toEqual([...ids].toSorted());
      expect(await world.driver.counts(queue.name)).toMatchObject({ done: 600, ready: 0, active: 0 });
    });

    test("a master and its workers take from one queue, whichever its mode", async () => {
      const queue = await world.queue();
      await queue.push("a", "b", "c");
      const takers = [{ owner: "one" }, { owner: "one", worker: "one.1" }, { owner: "two", worker: "two.1" }];
      for (const [index, taker] of takers.entries()) {
        const [job] = await queue.take(1, taker);
        expect(job?.id).toBe(["a", "b", "c"][index]);
        if (job !== undefined) expect(await queue.settle([done(job)], taker)).toEqual([]);
      }
    });
  });
}

function describeLeases(world: World): void {
  describe("leases", () => {
    test("an exchange begins or renews its owner's lease, also when it moves no job", async () => {
      const queue = await world.queue();
      const brief = { settle: [], take: 0, leaseMs: SHORT_LEASE_MS };
      expect(await world.driver.owners(queue.name)).toEqual([]);
      await world.driver.exchange(queue.name, queue.taker, brief);
      expect(await world.driver.owners(queue.name)).toMatchObject([{ owner: queue.taker.owner }]);
      await queue.exchange(0);
      const [lease] = await world.driver.owners(queue.name);
      expect(lease?.endsInMs).toBeGreaterThan(LONG_LEASE_MS - 30_000);
      expect(lease?.endsInMs).toBeLessThanOrEqual(LONG_LEASE_MS);
    });

    test("all workers of an owner share its lease", async () => {
      const queue = await world.queue();
      for (const worker of ["one.1", "one.2"]) await queue.exchange(0, [], { owner: "one", worker });
      await queue.exchange(0, [], { owner: "two" });
      const owners = (await world.driver.owners(queue.name)).map(({ owner }) => owner);
      expect(owners.toSorted()).toEqual(["one", "two"]);
    });
  });
}
