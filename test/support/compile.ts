import { join } from "node:path";
import { ROOT } from "./markdown.ts";

/** Compiles a folder as a strict project of a user's, for which this source is the installed package. Gives what is wrong. */
export async function compile(folder: string): Promise<string> {
  await Bun.write(join(folder, "tsconfig.json"), JSON.stringify(strictProject(folder)));
  const tsc = Bun.spawn([join(ROOT, "node_modules/.bin/tsc"), "-p", folder], { stdout: "pipe", stderr: "inherit" });
  const found = await tsc.stdout.text();
  const code = await tsc.exited;
  return code === 0 ? found : `${found}tsc ended with ${code}`;
}

function strictProject(folder: string): object {
  const own = {
    "multi-process-queue": [join(ROOT, "src/index.ts")],
    "multi-process-queue/driver-contract": [join(ROOT, "test/driver/contract.ts")],
  };
  return {
    compilerOptions: {
      target: "esnext",
      module: "preserve",
      moduleResolution: "bundler",
      moduleDetection: "force",
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
      strict: true,
      noImplicitOverride: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      types: ["bun", "node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      paths: own,
    },
    include: [`${folder}/**/*.ts`, join(ROOT, "src/**/*.d.ts")],
  };
}
