import { existsSync } from "node:fs";
import { Failure, outputOf, run } from "./command.mjs";

/** Programs that the tests run and npm does not bring. */
export const REDIS = {
  program: "redis-server",
  debianPackages: ["redis-server"],
  toInstall: "redis-server 6.2 or later (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)",
};
const SYSTEMD = {
  program: "systemd-analyze",
  debianPackages: ["systemd"],
  toInstall: "systemd 250 or later (Debian, Ubuntu: apt-get install systemd)",
};
/** Gives processes another time of day. */
export const FAKETIME = {
  program: "faketime",
  debianPackages: ["faketime"],
  toInstall: "faketime (Debian, Ubuntu: apt-get install faketime)",
};
/** Pushes by a Redis client alone, as `examples/php` does. */
const PHP = {
  program: "php",
  debianPackages: ["php-cli", "php-redis"],
  toInstall: "PHP 8 and its extension for Redis (Debian, Ubuntu: apt-get install php-cli php-redis)",
};

/** What the tests need. */
export const FOR_TESTS = [REDIS, SYSTEMD, FAKETIME, PHP];

/** Gives the path of a program; installs Debian's package when there is none and we may. */
export async function findOrInstall(needed) {
  const { program, toInstall } = needed;
  const found = inPath(program);
  if (found !== undefined) return found;
  const root = rootPrefix();
  if (root === undefined)
    throw new Failure(`The tests need ${program}, and this machine has none. Install ${toInstall}.`);
  await installWithApt(needed, root);
  const installed = inPath(program);
  if (installed === undefined) throw new Failure(`apt-get did not bring ${program}. Install ${toInstall}.`);
  return installed;
}

function inPath(program) {
  return outputOf("sh", ["-c", `command -v ${program}`]);
}

/** What stands before a command to run it as root: nothing, or sudo where it asks no password. Undefined: no apt or no root. */
function rootPrefix() {
  if (outputOf("apt-get", ["--version"]) === undefined) return undefined;
  if (process.getuid?.() === 0) return [];
  return outputOf("sudo", ["-n", "true"]) === undefined ? undefined : ["sudo", "-n"];
}

async function installWithApt(needed, root) {
  const asRoot = (...command) => {
    const [program, ...args] = [...root, "env", "DEBIAN_FRONTEND=noninteractive", ...command];
    // Standard output belongs to the tests.
    return run(program, args, { stdio: ["ignore", 2, 2] });
  };
  await asRoot("apt-get", "update", "-qq");
  await asRoot("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...needed.debianPackages);
  if (needed !== REDIS) return;
  // Debian starts the server that it installs, for good. The tests start their own.
  if (existsSync("/run/systemd/system")) await asRoot("systemctl", "disable", "--now", "redis-server");
  else await asRoot("service", "redis-server", "stop");
}
