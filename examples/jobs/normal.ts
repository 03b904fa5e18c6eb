import { setTimeout } from "node:timers/promises";
import { Job } from "multi-process-queue";

/** Takes its time, and is done. */
export class Normal extends Job<{ seconds: number }> {
  async handle() {
    console.log(`normal: begins, and takes ${this.data.seconds} s`);
    await setTimeout(this.data.seconds * 1000, undefined, { signal: this.signal });
    console.log("normal: is done");
  }
}
