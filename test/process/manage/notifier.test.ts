import { afterEach, expect, test } from "bun:test";
import { Notifier } from "../../../src/process/manage/notifier.ts";
import { type Event, listen } from "../../../src/telemetry/events.ts";
import { until } from "../../support/until.ts";

const events: Event[] = [];
const end = listen((event) => void events.push(event));
afterEach(end);

test("messages that do not go at first go later, in their order", async () => {
  const sent: string[] = [];
  let full = true;
  const notifier = new Notifier("/nowhere", (text) => {
    if (!full) sent.push(text);
    return !full;
  });
  notifier.send(["READY=1", "STATUS=up"]);
  notifier.send(["STOPPING=1"]);
  expect(sent).toEqual([]);
  full = false;
  await until("both went", () => sent.length === 2);
  expect(sent).toEqual(["READY=1\nSTATUS=up", "STOPPING=1"]);
  notifier.send(["STATUS=gone"]);
  expect(sent.length).toBe(3);
  expect(events).toEqual([]);
});
