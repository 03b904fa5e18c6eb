import { existsSync } from "node:fs";
import { Failure, outputOf, run } from "./command.mjs";

const INSTALL_IT =
  "Install redis-server 6.2 or later (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)";

/** Gives the path of a `redis-server`; installs Debian's package when there is none and we may. */
export async function findOrInstallRedis() {
  const found = redisInPath();
  if (found !== undefined) return found;
  const root = rootPrefix();
  if (root === undefined) throw new Failure(`The tests need redis-server, and this machine has none. ${INSTALL_IT}.`);
  await installWithApt(root);
  const installed = redisInPath();
  if (installed === undefined) throw new Failure(`apt-get did not bring redis-server. ${INSTALL_IT}.`);
  return installed;
}

function redisInPath() {
  return outputOf("sh", ["-c", "command -v redis-server"]);
}

/** What stands before a command to run it as root: nothing, or sudo where it asks no password. Undefined: no apt or no root. */
function rootPrefix() {
  if (outputOf("apt-get", ["--version"]) === undefined) return undefined;
  if (process.getuid?.() === 0) return [];
  return outputOf("sudo", ["-n", "true"]) === undefined ? undefined : ["sudo", "-n"];
}

async function installWithApt(root) {
  const asRoot = (...command) => {
    const [program, ...args] = [...root, "env", "DEBIAN_FRONTEND=noninteractive", ...command];
    // Standard output belongs to the tests.
    return run(program, args, { stdio: ["ignore", 2, 2] });
  };
  await asRoot("apt-get", "update", "-qq");
  await asRoot("apt-get", "install", "-y", "-qq", "--no-install-recommends", "redis-server");
  // Debian starts the server that it installs, for good. The tests start their own.
  if (existsSync("/run/systemd/system")) await asRoot("systemctl", "disable", "--now", "redis-server");
  else await asRoot("service", "redis-server", "stop");
}
