/** Calls back when user code throws where nobody can catch it: in a timer, or in a promise that nobody awaits. */
export function onStrayError(callback: (error: unknown) => void): void {
  process.on("uncaughtException", callback);
  process.on("unhandledRejection", callback);
}
