import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { CompilerOptions } from "./tsconfig.ts";

/**
 * Translates one TypeScript file, and nothing that it imports, into JavaScript as `options` say. The source map inside
 * makes stacks show the file's own lines.
 */
export async function translate(path: string, options: CompilerOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mpq-tsconfig-"));
  try {
    // The bundler follows an "extends" to a file but not one to a package, so it is given what comes of them all.
    const tsconfig = join(folder, "tsconfig.json");
    await Bun.write(tsconfig, JSON.stringify({ compilerOptions: forOneFile(options) }));
    const { outputs } = await Bun.build({
      entrypoints: [path],
      tsconfig,
      // React's development runtime has no function in it when the service runs in production.
      jsx: { development: false },
      target: "bun",
      format: "esm",
      external: ["*"],
      sourcemap: "external",
    });
    const [code, map] = await Promise.all(outputs.map((output) => output.text()));
    return `${code ?? ""}\n${sourceMapFor(path, map ?? "{}")}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Imports are resolved when the file runs, by its own tsconfig.json; other paths would start in the wrong folder. */
function forOneFile(options: CompilerOptions): CompilerOptions {
  return { ...options, paths: undefined, baseUrl: undefined, extends: undefined };
}

/** The bundler names the source from the working directory; a stack names it from the file's own folder. */
function sourceMapFor(path: string, map: string): string {
  const named = { ...(JSON.parse(map) as object), sources: [basename(path)] };
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(named)).toString("base64")}`;
}
