import { readFileSync } from "node:fs";
import { onFailed, onWorkerStart } from "./hooks.ts";

interface Options {
  readonly queues: Readonly<Record<string, object>>;
}

const options = JSON.parse(readFileSync(new URL("options.json", import.meta.url), "utf8")) as Options;
const queues = Object.entries(options.queues).map(([name, queue]) => [name, { ...queue, onFailed, onWorkerStart }]);

const config: Options = { ...options, queues: Object.fromEntries(queues) as Options["queues"] };
export default config;
