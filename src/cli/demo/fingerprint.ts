import { createHash } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** The demonstration's job: the SHA-256 and the compressed size of one file. Each step goes into the ledger at once. */
export default function fingerprint(
  data: { file: string; ledger: string },
  job: { id: string; attempt: number },
): void {
  const line = (entry: object): void =>
    appendFileSync(data.ledger, `${JSON.stringify({ ...entry, job: job.id, pid: process.pid, at: Date.now() })}\n`);
  line({ step: "start", file: data.file });
  const content = readFileSync(data.file);
  const sha256 = createHash("sha256").update(content).digest("hex");
  line({ step: "end", bytes: content.length, packed: gzipSync(content).length, sha256 });
}
