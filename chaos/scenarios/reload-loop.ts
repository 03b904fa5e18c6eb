import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { underLoad } from "../work-load.ts";

const WORKERS = 3;

const scenario: Scenario = {
  name: "reload-loop",
  promise:
    "a service is reloaded again and again under load, now and then with code that does not load: no gap, none runs twice, the old workers stay",

  async run(stage) {
    const { random } = stage;
    const make = () => ({ job: "work", data: { ms: random.int(0, 10) } });
    const queue = { workers: WORKERS, retries: 0, prefetch: random.pick(["auto", 0, 20] as const) };
    const host = await underLoad(stage, { queue, perSecond: 200, make }, async (service) => {
      for (let time = 0; time < stage.span(4, 20); time++) {
        await Bun.sleep(random.int(0, 100));
        const isBroken = random.chance(0.3);
        if (isBroken) service.write("jobs/broken.ts", `export const never = ${random.pick(BROKEN)};`);
        const { code, stderr } = await service.command("worker:reload");
        stage.expect((code === 0) !== isBroken, `a reload of ${isBroken ? "broken" : "good"} code: ${code} ${stderr}`);
        service.remove("jobs/broken.ts");
      }
    });
    await stage.whole(host, WORKERS);
    await stage.expectNoFailures();
    expectNoGap(stage);
  },
};

const BROKEN = ["(", "nobody.knows", "process.exit(4)", "await Promise.reject(new Error('no'))"];

/** While there is work, some run begins all the time. */
function expectNoGap(stage: Stage): void {
  const starts = stage.ledger.lines().filter((line) => line.step === "start");
  const gaps = starts.slice(1).map((line, index) => line.at - (starts[index]?.at ?? line.at));
  stage.timed("gap", Math.max(...gaps), 100);
  stage.expect(starts.length === stage.pusher.told.size, `${starts.length} runs of ${stage.pusher.told.size} jobs`);
}

export default scenario;
