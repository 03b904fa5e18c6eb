import { expect, spyOn, test } from "bun:test";
import { type Step, failIfInterrupted, inSteps } from "../../src/cli/steps.ts";
import { MpqError } from "../../src/errors.ts";

/** How work on 5 jobs ended. */
interface Ended {
  readonly steps: number;
  readonly signal: AbortSignal;
  /** What it wrote to stderr. */
  readonly said: string;
  readonly failure: unknown;
}

/** Runs work in steps of 1 that is interrupted in the third; `onStep` is called in each. */
async function run(onStep: (done: number) => void): Promise<Ended> {
  const controller = new AbortController();
  let steps = 0;
  let said = "";
  const writing = spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const step = async (): Promise<Step> => {
    onStep(++steps);
    if (steps === 3) controller.abort();
    return { done: steps, isLast: false };
  };
  const failure: unknown = await inSteps({ total: 5, noun: "jobs", step }, controller.signal).catch(
    (error: unknown) => error,
  );
  writing.mockRestore();
  return { steps, signal: controller.signal, said, failure };
}

test("work that is interrupted ends after the step that it is in, and says how far it came", async () => {
  const { steps, signal, said } = await run(() => undefined);
  expect(steps).toBe(3);
  expect(said).toEndWith("Stopped after 3 of 5 jobs\n");
  expect(() => failIfInterrupted(signal)).toThrow("interrupted");
});

test("work that fails says how far it came", async () => {
  const { said, failure } = await run((done) => {
    if (done === 2) throw new MpqError("STORE_UNREACHABLE", "away");
  });
  expect(said).toEndWith("Stopped after 1 of 5 jobs\n");
  expect(failure).toMatchObject({ code: "STORE_UNREACHABLE" });
});

test("long work rests now and then, so that who waits for the store finds it free", async () => {
  const marks: number[] = [];
  const step = async (): Promise<Step> => {
    marks.push(performance.now());
    // A store in this process holds everybody up for as long as it works.
    Bun.sleepSync(8);
    return { done: marks.length, isLast: marks.length === 12 };
  };
  const writing = spyOn(process.stderr, "write").mockImplementation(() => true);
  await inSteps({ total: 12, noun: "jobs", step }, new AbortController().signal);
  writing.mockRestore();
  const rests = marks.slice(1).filter((mark, index) => mark - (marks[index] ?? mark) - 8 >= 15);
  expect(rests.length).toBeGreaterThanOrEqual(2);
});
