/** What a signal asks of the service. `docs/signals.md` has the same table. */
export type Intent = "stop" | "reload" | "quiet" | "continue" | "reopen";

export const INTENTS: Readonly<Record<string, Intent>> = {
  SIGTERM: "stop",
  SIGINT: "stop",
  SIGHUP: "reload",
  SIGTSTP: "quiet",
  SIGCONT: "continue",
  SIGUSR2: "reopen",
};

/** Calls back with the intent of every signal that this process gets from now on. */
export function onIntent(callback: (intent: Intent) => void): void {
  for (const [signal, intent] of Object.entries(INTENTS)) process.on(signal, () => callback(intent));
}
