import type { Config } from "../../config/config.ts";
import type { Secrets } from "../../config/secrets.ts";
import type { Driver, Finding } from "../../driver/driver.ts";
import { isMpqError } from "../../errors.ts";
import { openEnvelope } from "../../job/envelope.ts";
import { keyIdIn } from "../../job/signature.ts";

/** Of each queue and state so many jobs are looked at. */
const SAMPLE = 100;

/** Whether the jobs that are code, as far as some of each queue show, are signed with a secret that is known here. */
export async function secretFinding({ queues, secrets }: Config, store: Driver): Promise<Finding> {
  const origin = secrets.origin();
  for (const queue of queues.keys()) {
    const unknown = (await signaturesIn(store, queue)).find((signature) => !isKnown(signature, secrets));
    if (unknown === undefined) continue;
    const found = origin === undefined ? "there is no secret here" : `the secret here (${origin}) is another one`;
    const message = `${JSON.stringify(queue)} has jobs that are code, and ${found}: workers refuse them; set MPQ_SECRET as their pusher has it`;
    return { check: "secret", level: "fail", message };
  }
  const none = "none; only who pushes functions as code needs one";
  return { check: "secret", level: "ok", message: origin ?? none };
}

function isKnown(signature: string, secrets: Secrets): boolean {
  const keyId = keyIdIn(signature);
  return keyId !== undefined && secrets.withKeyId(keyId) !== undefined;
}

async function signaturesIn(store: Driver, queue: string): Promise<readonly string[]> {
  const pages = await Promise.all((["ready", "delayed"] as const).map((state) => store.list(queue, state, SAMPLE)));
  return pages.flatMap(({ jobs }) => jobs.flatMap(({ envelope }) => signatureIn(envelope)));
}

/** What cannot be read is no matter of secrets. */
function signatureIn(envelope: string): readonly string[] {
  try {
    const { code } = openEnvelope(envelope);
    return code === undefined ? [] : [code.signature ?? ""];
  } catch (error) {
    if (isMpqError(error)) return [];
    throw error;
  }
}
