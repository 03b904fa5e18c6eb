import { becomePlainBun } from "./process/plain.ts";

/**
 * The binary's entry. What is needed for one role is loaded for that role alone, which keeps the start short: workers know
 * no commands, and commands no workers.
 */
async function main(): Promise<void> {
  becomePlainBun();
  const { takeRole } = await import("./process/role.ts");
  const role = takeRole();
  if (role === undefined) {
    const { runCli } = await import("./cli/cli.ts");
    process.exitCode = await runCli(process.argv.slice(2));
    return;
  }
  const { prepareModules } = await import("./process/modules.ts");
  await prepareModules();
  if (role.role === "master") await (await import("./process/master/master.ts")).runMaster(role);
  else await (await import("./process/worker/worker.ts")).runWorker(role);
}

await main();
