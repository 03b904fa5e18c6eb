import { Job, type JobInfo } from "multi-process-queue";

/** Fails each time. When no try is left its own callback runs. */
export class Failing extends Job {
  async handle() {
    console.log(`failing: run ${this.attempt}`);
    throw new Error("this job always fails");
  }

  override onFailed(job: JobInfo, error: Error) {
    console.log(`failing: given up after ${job.attempts.length} runs: ${error.message}`);
    // Whatever is not false keeps the queue's onFailed from running as well.
    return true;
  }
}
