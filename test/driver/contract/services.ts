import { describe, expect, test } from "bun:test";
import type { ServiceHolder } from "../../../src/driver/driver.ts";
import { until } from "../../support/until.ts";
import { LONG_LEASE_MS, SHORT_LEASE_MS } from "./queue.ts";
import type { World } from "./world.ts";

const ONE: ServiceHolder = { incarnation: "one", host: "höst", pid: 12, machine: "m1", processStart: "345" };
const TWO: ServiceHolder = { incarnation: "two", host: "other", pid: 13, machine: "m2", processStart: "678" };

export function describeServices(world: World): void {
  describe("the name of a service", () => {
    test("is held by the one who claimed it, and others are told who that is", async () => {
      expect(await world.driver.claimService("claimed", ONE, LONG_LEASE_MS)).toEqual({ held: true });
      const claim = await (await world.connect()).claimService("claimed", TWO, LONG_LEASE_MS);
      if (claim.held) throw new Error("two hold one name");
      expect(claim.holder).toEqual(ONE);
      expect(claim.endsInMs).toBeGreaterThan(LONG_LEASE_MS - 30_000);
      expect(claim.endsInMs).toBeLessThanOrEqual(LONG_LEASE_MS);
    });

    test("is renewed by its holder", async () => {
      await world.driver.claimService("renewed", ONE, SHORT_LEASE_MS);
      expect(await world.driver.claimService("renewed", ONE, LONG_LEASE_MS)).toEqual({ held: true });
      expect(await world.driver.claimService("renewed", TWO, LONG_LEASE_MS)).toMatchObject({ held: false });
    });

    test("is free when its lease has ended", async () => {
      await world.driver.claimService("ended", ONE, SHORT_LEASE_MS);
      await until("it is free", async () => (await world.driver.claimService("ended", TWO, LONG_LEASE_MS)).held);
      expect(await world.driver.claimService("ended", ONE, LONG_LEASE_MS)).toMatchObject({ held: false, holder: TWO });
    });

    test("goes to one who knows the holder to be dead, and to nobody who names another one", async () => {
      await world.driver.claimService("dead", ONE, LONG_LEASE_MS);
      expect(await world.driver.claimService("dead", TWO, LONG_LEASE_MS, "zero")).toMatchObject({ held: false });
      expect(await world.driver.claimService("dead", TWO, LONG_LEASE_MS, "one")).toEqual({ held: true });
      expect(await world.driver.claimService("dead", ONE, LONG_LEASE_MS)).toMatchObject({ held: false, holder: TWO });
    });

    test("is given up by its holder alone, and that may be repeated", async () => {
      await world.driver.claimService("released", ONE, LONG_LEASE_MS);
      await world.driver.releaseService("released", "two");
      expect(await world.driver.claimService("released", TWO, LONG_LEASE_MS)).toMatchObject({ held: false });
      await world.driver.releaseService("released", "one");
      await world.driver.releaseService("released", "one");
      expect(await world.driver.claimService("released", TWO, LONG_LEASE_MS)).toEqual({ held: true });
    });

    test("is told to whoever asks, as long as the lease runs, and asking changes nothing", async () => {
      expect(await world.driver.holderOf("asked")).toBeUndefined();
      await world.driver.claimService("asked", ONE, LONG_LEASE_MS);
      const held = await (await world.connect()).holderOf("asked");
      expect(held).toEqual({ holder: ONE, endsInMs: expect.any(Number) });
      expect(held?.endsInMs).toBeGreaterThan(LONG_LEASE_MS - 30_000);
      expect(await world.driver.claimService("asked", TWO, LONG_LEASE_MS)).toMatchObject({ held: false, holder: ONE });
      await world.driver.claimService("asked", ONE, SHORT_LEASE_MS);
      await until("nobody holds it", async () => (await world.driver.holderOf("asked")) === undefined);
    });

    test("goes to one of those who claim it at once", async () => {
      const rivals = await Promise.all([1, 2, 3, 4].map(() => world.connect()));
      const claim = (driver: (typeof rivals)[number], index: number): Promise<{ held: boolean }> =>
        driver.claimService("raced", { ...ONE, incarnation: `rival-${index}` }, LONG_LEASE_MS);
      expect((await Promise.all(rivals.map(claim))).filter(({ held }) => held)).toHaveLength(1);
    });
  });
}
