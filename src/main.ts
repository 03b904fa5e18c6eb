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
    process.exitCode = await runCli(process.argv.slice(2), provideOwn);
    return;
  }
  await provideOwn();
  switch (role.role) {
    case "master":
      return await (await import("./process/master/run.ts")).runMaster(role);
    case "worker":
      return await (await import("./process/worker/worker.ts")).runWorker(role);
    case "loader":
      return await (await import("./process/loader.ts")).runLoader(role);
  }
}

/** Makes what applications import as "multi-process-queue" the copy in here, for the configuration and the jobs. */
async function provideOwn(): Promise<void> {
  const { provideOwnModule } = await import("./config/modules.ts");
  provideOwnModule(await import("./index.ts"));
}

await main();
