import { type Clock, rest } from "./clock.ts";

const FIRST_REST_MS = 25;
const MAX_REST_MS = 1_000;

/** Repeats a call until it succeeds: for what must happen, and may happen twice. */
export async function insist<Result>(
  clock: Clock,
  call: () => Promise<Result>,
  onFault: (error: unknown) => void,
): Promise<Result> {
  for (let restMs = FIRST_REST_MS; ; restMs = Math.min(MAX_REST_MS, restMs * 2)) {
    try {
      return await call();
    } catch (error) {
      onFault(error);
      await rest(clock, restMs);
    }
  }
}
