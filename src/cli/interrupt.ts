const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs work that ends early, at a point of its own choice, once its signal is aborted: Ctrl-C and SIGTERM do that. A second
 * one ends the process as it always does.
 */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => {
    ignore();
    controller.abort();
  };
  const ignore = (): void => {
    for (const name of SIGNALS) process.off(name, abort);
  };
  for (const name of SIGNALS) process.on(name, abort);
  try {
    return await work(controller.signal);
  } finally {
    ignore();
  }
}

/** Resolves after a time, at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
