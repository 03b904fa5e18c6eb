import { Job, type JobInfo } from "multi-process-queue";

/** Never ends by itself, and never yields. When its time is over its worker is killed; it is not tried again. */
export class Endless extends Job {
  async handle() {
    console.log("timeout: begins");
    for (;;);
  }

  override onFailed(job: JobInfo) {
    console.log(`timeout: its type is ${job.type}`);
    // The queue is to hear of it too.
    return false;
  }
}
