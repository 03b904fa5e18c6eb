import { Job, type JobContext, Queue } from "multi-process-queue";

/** Pushes many jobs at once, as any job may push others. */
export class Pressure extends Job<{ jobs: number }> {
  async handle() {
    const of = this.data.jobs;
    const items = Array.from({ length: of }, (_, index) => ({ job: count, data: { n: index + 1, of } }));
    await Queue.pushMany(this.queue, items);
    console.log(`pressure: has pushed ${of} jobs`);
  }
}

/** As little work as there can be: what remains is what mpq itself costs. */
export function count(data: { n: number; of: number }, job: JobContext) {
  if (data.n === data.of) console.log(`pressure: job ${data.n} of ${data.of} has run (${job.id})`);
}
