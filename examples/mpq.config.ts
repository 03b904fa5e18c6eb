import { defineConfig } from "multi-process-queue";

export default defineConfig({
  name: "examples",
  queues: {
    examples: {
      workers: 3,
      // What counts for a job whose pusher says nothing else: two further tries, a second apart.
      retries: 2,
      retryDelay: 1,
      // The job's own onFailed runs first; this one only when that returns false, or when there is none.
      onFailed(job, error) {
        console.log(`the queue hears of ${job.name} (${job.type}): ${error.message}`);
      },
    },
  },
});
