/** What BullMQ's child processes run. */
import { meter } from "./meter.mjs";

const handle = meter(process.env.METER_FOLDER);

export default async function run({ data }) {
  await handle(data);
}
