import { spawnSync } from "node:child_process";
import { optionalDependencies as wanted } from "./package.json";
import { versionOf } from "./systems/peer.ts";

const QUIET = ["--no-audit", "--no-fund"];

/**
 * Installs the peers into `bench/node_modules`, exactly as the lockfile has them. What does not install is missing there,
 * and the benchmark goes on without it.
 */
export function installPeers(): void {
  if (Object.entries(wanted).every(([name, version]) => versionOf(name) === version)) return;
  if (!npm("ci", ...QUIET)) npm("install", "--no-save", ...QUIET);
}

function npm(...args: string[]): boolean {
  // Standard output belongs to the report.
  return spawnSync("npm", args, { cwd: import.meta.dir, stdio: ["ignore", 2, 2] }).status === 0;
}
