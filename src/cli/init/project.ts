/** The files of a new project. What they say is compiled and run by `test/system/init.test.ts`. */
import { DECLARATIONS } from "./declarations.ts";

export interface ProjectFile {
  /** From the project's folder. */
  readonly path: string;
  readonly what: string;
  readonly text: string;
  /** What the project has in its place already. */
  readonly instead?: string | undefined;
}

export const QUEUE = "default";
export const JOB = "Hello";
export const JOB_DATA = { name: "Ada" } as const;

/** What is in the project's folder already. */
export interface Found {
  /** A name for the service, in case it gets its configuration now. */
  readonly name: string;
  readonly configuration: string | undefined;
  readonly jobs: string | undefined;
  /** The npm package where it is installed: it has its own types. */
  readonly npmPackage: string | undefined;
}

/** The files of such a project, in the order in which they are read. */
export function filesFor({ name, configuration, jobs, npmPackage }: Found): readonly ProjectFile[] {
  const types =
    DECLARATIONS === undefined ? [] : [{ path: "mpq.d.ts", what: FOR_EDITOR, text: DECLARATIONS, instead: npmPackage }];
  return [
    { path: "mpq.config.ts", what: "the configuration", text: configurationFor(name), instead: configuration },
    { path: "jobs/hello.ts", what: "an example of a job", text: HELLO, instead: jobs },
    ...types,
    { path: "tsconfig.json", what: FOR_EDITOR, text: TSCONFIG },
    { path: ".gitignore", what: "what is no source", text: GITIGNORE },
  ];
}

const FOR_EDITOR = "for your editor";

function configurationFor(name: string): string {
  return `import { defineConfig } from "multi-process-queue";

export default defineConfig({
  // Services on one host or one store need different names.
  name: ${JSON.stringify(name)},

  // Jobs are kept in mpq.db beside this file; in Redis when more than one host takes part:
  // driver: "redis://127.0.0.1:6379/0",

  // What the files in jobs/ export are the jobs.

  queues: {
    ${QUEUE}: {
      // Processes that run jobs.
      workers: 2,
      // Seconds that a run may take; 0 for any time.
      timeout: 60,
      // Failed runs that are tried again, and the seconds before the next try.
      retries: 3,
      retryDelay: 3,
      // Runs when a job timed out or used up its retries.
      onFailed(job, error) {
        console.error(\`\${job.name} \${job.id} failed: \${error.message}\`);
      },
    },
  },
});
`;
}

const HELLO = `import { Job } from "multi-process-queue";

/** Workers find it by the name that it is exported under. */
export class ${JOB} extends Job<{ name: string }> {
  async handle() {
    console.log(\`Hello, \${this.data.name}! This is job \${this.id}.\`);
  }
}
`;

const TSCONFIG = `{
  "compilerOptions": {
    "target": "esnext",
    "lib": ["esnext", "dom"],
    "module": "preserve",
    "moduleDetection": "force",
    "allowImportingTsExtensions": true,
    "noEmit": true,
    "strict": true,
    "skipLibCheck": true
  }
}
`;

const GITIGNORE = `node_modules/
logs/
mpq.db*
`;
