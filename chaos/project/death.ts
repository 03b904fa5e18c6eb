/** The ways in which a process may end itself. */
export type Death = "exit" | "abort" | "SIGKILL" | "SIGSEGV" | "SIGILL" | "SIGTERM";

/** Ends this process, at once. */
export function die(how: Death): never {
  if (how === "exit") process.exit(3);
  if (how === "abort") process.abort();
  process.kill(process.pid, how);
  // A signal that this process sends itself may be noticed a moment later.
  for (;;) Bun.sleepSync(1_000);
}
