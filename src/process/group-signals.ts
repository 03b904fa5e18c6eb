/** What a terminal or a closing session sends to every process of the group, and what tools send to all of a service. */
const GROUP_SIGNALS = ["SIGINT", "SIGHUP", "SIGTSTP", "SIGUSR2"] as const;

/** Takes no notice of signals that reach the whole group: manage gets them too, and it decides what they mean. */
export function leaveSignalsToManage(): void {
  for (const signal of GROUP_SIGNALS) process.on(signal, () => undefined);
}
