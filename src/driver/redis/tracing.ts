/** ioredis describes each command to whoever traces its channel, unless that says that nobody does. */
import * as diagnostics from "node:diagnostics_channel";

/**
 * Lets tracing channels say whether anybody listens, as Node's do from 20.13 on (`TracingChannel.hasSubscribers`). Bun's do
 * not (1.4.5), so every command was described to nobody, which took 10 to 20 us of each.
 */
export function letChannelsTellWhoListens(): void {
  const channel: Partial<diagnostics.TracingChannel> = diagnostics.tracingChannel("mpq");
  if (channel.hasSubscribers !== undefined) return;
  Object.defineProperty(Object.getPrototypeOf(channel), "hasSubscribers", {
    configurable: true,
    get(this: diagnostics.TracingChannel) {
      const { start, end, asyncStart, asyncEnd, error } = this;
      return [start, end, asyncStart, asyncEnd, error].some((one) => one.hasSubscribers);
    },
  });
}
