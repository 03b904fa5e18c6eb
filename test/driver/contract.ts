/**
 * The promises of `src/driver/driver.ts`, as tests. Every driver keeps all of them in both modes; none is skipped. To
 * test a driver of your own, call {@link describeDriver} in a file that `bun test` runs:
 *
 *     for (const mode of MODES) describeDriver("my driver", openMyStore, mode);
 *
 * The tests never look behind the border, so they do not see a reply that is lost on its way: a driver over a network
 * needs a test of its own for that.
 */
import { afterAll, beforeAll, describe } from "bun:test";
import type { Mode } from "../../src/job/state.ts";
import { describeClosing } from "./contract/closing.ts";
import { describeDueTimes } from "./contract/due.ts";
import { describeFailed } from "./contract/failed.ts";
import { describeHanding } from "./contract/handing.ts";
import { describeKept } from "./contract/kept.ts";
import { describeLarge } from "./contract/large.ts";
import { describeModeChange } from "./contract/modes.ts";
import { describeOperators } from "./contract/operators.ts";
import { describeOrder } from "./contract/order.ts";
import { describeOwnership } from "./contract/ownership.ts";
import { describePushing } from "./contract/pushing.ts";
import { describeRecovery } from "./contract/recovery.ts";
import { describeServices } from "./contract/services.ts";
import { describeTransitions } from "./contract/transitions.ts";
import { describeWaiting } from "./contract/waiting.ts";
import { describeWords } from "./contract/words.ts";
import { type Opened, World } from "./contract/world.ts";

export type { Opened } from "./contract/world.ts";

export const MODES: readonly Mode[] = ["distribute", "grab"];

/** Declares the tests for one driver in one mode. `open` makes an empty store, once; the tests end it. */
export function describeDriver(title: string, open: () => Promise<Opened>, mode: Mode): void {
  describe(`${title}, ${mode} mode`, () => {
    const world = new World(mode, open);
    beforeAll(() => world.begin());
    afterAll(() => world.end());
    for (const part of PARTS) part(world);
  });
}

const PARTS = [
  describePushing,
  describeTransitions,
  describeOwnership,
  describeOrder,
  describeLarge,
  describeDueTimes,
  describeRecovery,
  describeWaiting,
  describeHanding,
  describeModeChange,
  describeOperators,
  describeFailed,
  describeKept,
  describeServices,
  describeWords,
  describeClosing,
];
