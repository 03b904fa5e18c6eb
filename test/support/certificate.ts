import { join } from "node:path";

/** The files of a key and its certificate. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/** Makes a certificate for 127.0.0.1 that signs itself, in a folder. */
export function makeCertificate(folder: string): Certificate {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const kind = "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2 -subj /CN=test";
  const files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate];
  const { success, stderr } = Bun.spawnSync(["openssl", ...kind.split(" "), ...files]);
  if (!success) throw new Error(`no certificate was made: ${stderr.toString()}`);
  return { key, certificate };
}
