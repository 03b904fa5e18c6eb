import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { allCommands } from "../src/cli/commands.ts";
import { LOG_OPTIONS, OPTIONS, QUEUE_OPTIONS } from "../src/config/options.ts";
import { ROOT, page } from "./support/markdown.ts";

const COMMANDS = await allCommands();

/**
 * What users are promised, a row each, and the test (or the group of tests) that holds it: its file below `test/` and its
 * title. A row that begins with an option or a command tells of that one.
 */
const TABLE = `
# Features
latency: woken by the store, no polling interval | system/features | a job begins because it was pushed: no polling interval stands between
the master listens asynchronously | process/exchange-loop | a job that is pushed while the loop waits is taken without a sweep
under one store command a second per idle queue | system/features | costs a queue under one store command a second, and next to no CPU, in %s mode
retry count and error callback are the user's | system/failures | a run that throws is tried again until its retries are used up; then its callback runs and it is kept
a timeout stops a busy loop, and is no retry | system/timeouts | a busy loop is stopped at its timeout and is not retried; its callback runs, and what waited behind it ran at once
several worker processes consume | system/features | several worker processes consume, as many as workers says, and three where it is silent
one switch for concurrent jobs | system/features | one switch makes a worker run jobs concurrently; without it, it runs one at a time
a daemon by itself | system/reloading | returns when every queue is up, and worker:restart and worker:stop work on it
a systemd service | system/under-systemd | mpq.service starts, runs jobs that reach nothing else, reloads and stops
several servers share the work | system/services | share the work of a queue, and run on one host when each has a name
a worker dies: taken over at once | system/features | when a worker dies, its job and its failure callback are taken over at once, also with timeout 0
a master dies: taken over at once | system/deaths | is replaced, and its jobs are run again without using up an attempt
a host dies: taken over in seconds | system/services | when a host dies, its jobs are taken over by another in seconds, in both modes, also with timeout 0
frameworks: decorators keep their metadata | system/binary | decorators bring their metadata where tsconfig.json asks for it, also by what it extends
PHP applications push too | driver/redis/foreign | examples/php pushes from PHP
a driver of one's own | system/options | pollInterval is a safety net: when a driver of one's own loses every wake-up, a sweep finds what is due
Redis 6.2 or later | driver/redis/opening | that is older than 6.2 is refused, with both versions
Redis Cluster and Sentinel | system/driver-url | MPQ_DRIVER_URL=%s says where the store is to whoever pushes and to the service, in both modes
a fail-over of Sentinel | driver/redis/sentinel | jobs go to the server that Sentinel names, and to the next one after a fail-over
# Configuration
a file of any form, found or named | system/commands | mpq.config.%s is found in the working directory, or wherever --config says
a downloaded binary needs no node_modules | system/binary | a downloaded program needs no node_modules
everything wrong at once, with exit code 78 | system/starting | reports everything that is wrong with the configuration at once, and ends with 78
where, expected, found, and the nearest word | config/load | what is wrong is said with where, expected, found, and the word that was meant
the original's names are recognised | config/load | a name of the original library is answered with mpq's
name: one service each, refused with pid and host | system/services | is refused with the holder's pid and host in %s
name: a stale pid file is no service | system/starting | takes no notice of a stale pid file: of one that a dead process left, or of one whose pid was given again
runDir: made for this user, in its places | system/starting | makes its run directory for this user alone, where the configuration, systemd or the session says
driver: MPQ_DRIVER_URL sets it from outside | system/driver-url | MPQ_DRIVER_URL=%s says where the store is to whoever pushes and to the service, in both modes
driver: MPQ_DRIVER_URL stands over the file | config/load | is what MPQ_DRIVER_URL says, before the configuration
jobs: the files that hold them | system/starting | finds jobs in the files that jobs names, relative to the configuration, and loads no others
onWorkerStart: the service's, then the queue's, before the first job | system/options | onWorkerStart of the service runs in every worker before its first job, then the queue's
onWorkerStart: a throw stops the start | system/starting | an onWorkerStart that throws stops the start with a clear error: %s
secret: several, the first signs, all verify | system/inline | what was signed with an older secret still runs while that one is listed
log.path: files, beside stderr in the foreground | system/logging | have what stderr has, for this user alone, in the folder that log.path names
log.path: ./logs for a daemon | system/logging | of a service in the background are in ./logs, and nothing else grows
log.level | system/logging | of level %s has what is at least that, of all processes
log.format: JSON | system/logging | as JSON is an object a line, with the fields of the event as they are
log.driver: any reporter of consola | system/logging | gets every entry in place of files and console
log.maxSize | system/logging | are begun anew when they are full, and so many old ones are kept
log.maxFiles | system/logging | are begun anew when they are full, and so many old ones are kept
log: SIGUSR2 reopens | system/logging | are left to others with maxFiles: 0, and opened anew on SIGUSR2
log: the journal of systemd | system/logging | for systemd's journal has a priority before each line, and neither time nor colour
log: the output of workers, with queue, pid and job | system/printing | stands in the log line by line, with the queue, the worker, the job and the stream
log: output forges nothing | system/printing | can neither forge a line of the log nor steer a terminal
log: much output neither blocks for ever nor grows a process | system/printing | does not make any process grow when it is 100 MB, and other queues go on: %s
queues: by name, and one without a configuration | config/load | there is one queue called default, and the store is mpq.db in the working directory
workers | system/features | several worker processes consume, as many as workers says, and three where it is silent
concurrency | system/features | one switch makes a worker run jobs concurrently; without it, it runs one at a time
mode: changes without a loss | system/reloading | goes by it: more and fewer workers, new and old queues, another mode, and loses and repeats nothing
timeout: to the millisecond, 0 is none | system/timeouts | timeout 0 means none, a timeout is kept to the millisecond, and retryOnTimeout tries again
retries | system/failures | a run that throws is tried again until its retries are used up; then its callback runs and it is kept
retryDelay: a backoff with jitter | system/options | retryDelay may be a backoff: each try waits longer, up to its bound, less a random part
retryOnTimeout | system/timeouts | timeout 0 means none, a timeout is kept to the millisecond, and retryOnTimeout tries again
pollInterval: the safety net | system/options | pollInterval is a safety net: when a driver of one's own loses every wake-up, a sweep finds what is due
stopTimeout | system/stopping | gives a job that does not end in time back, without using up an attempt
memoryLimit: warns when near, replaced when over | system/options | a worker near its memoryLimit from the start brings a warning; one over it, or of maxAge, is replaced after its job
memoryLimit: killed at twice of it, with the cause | system/reloading | a worker is replaced after maxJobs, and one that uses far too much memory is killed
maxJobs | system/reloading | a worker is replaced after maxJobs, and one that uses far too much memory is killed
maxAge | system/options | a worker near its memoryLimit from the start brings a warning; one over it, or of maxAge, is replaced after its job
prefetch | system/options | prefetch says how many jobs a worker has in its hands ahead of time: none, or so many
maxSize: both numbers in the refusal | system/options | keepFailed drops the oldest failed jobs, maxSize refuses larger data with both numbers
keepFailed | system/options | keepFailed drops the oldest failed jobs, maxSize refuses larger data with both numbers
keepDone | system/keeping-done | are kept as far as keepDone says, are shown with what failed before, and are not made again
onFailed: after the job's own said false, or alone | system/options | onFailed of the queue runs after the job's own returned false, or where there is none, and not else
# Jobs and pushing
every form of Queue.push and of a job class | system/forms | every form of a push compiles in a strict project, and what it pushes is done when it is due
from Bun and Node, with the npm package | system/applications | pushes every kind of job from Node to a service on Redis
a function with a name sent as source: inline(fn) | system/inline | functions that no worker knows run with their data and their job, and may import from the worker's project
the store: configure, MPQ_DRIVER_URL, a file upwards | client/runtimes | the configuration file is found above the working directory
who decides: options, class, pusher, service, defaults | system/pushing | decides timeout, retries and delay: options, class, its own configuration, what the service registered, defaults
push never blocks for ever | client/outage | a push fails within its time while the store is away, and the next batch has a new number
a repeated push makes no second job | client/outage | a batch whose reply was lost is sent again under its number, and makes each job once
an id of one's own | client/push | an id of the pusher's own makes one job, however often it is pushed
a delay to the millisecond | system/pushing | a delay is kept to the millisecond, and the job begins when it is over
pushes from inside a job | system/pushing | a job pushes jobs from inside, to its own service's store and with its service's options
a job that no worker knows is not dropped | system/failures | a job whose name no worker knows fails with a message that says so
a function that reads its surroundings is refused | client/functions | a function that uses more is refused with the name and the line
code runs only when it is signed | system/inline | code that is unsigned, forged, altered or of an unknown secret fails at once with the reason and never runs
without a secret, code is refused | system/inline | without a secret, functions that are pushed to Redis are refused and nothing of their call is stored
what JSON cannot carry is refused with its path | system/applications | is refused data that JSON cannot carry, with the path to it, and nothing is pushed
no client's clock is trusted | system/services | agree on what is due, since nothing trusts a client's clock
# Running, failing, timing out
retried until retries + 1 runs failed, then kept | system/failures | a run that throws is tried again until its retries are used up; then its callback runs and it is kept
job.type tells a timeout from an error: a timeout | system/timeouts | a busy loop is stopped at its timeout and is not retried; its callback runs, and what waited behind it ran at once
job.type tells a timeout from an error: an error | system/failures | a run that throws is tried again until its retries are used up; then its callback runs and it is kept
the failure callback has the same timeout | system/timeouts | the failure callback runs under the same timeout
a callback whose process dies is run again | system/failures | a failure callback whose process dies is run again by another worker, and not for ever
a dead worker: what it had finished is never repeated | system/deaths | runs the job that it was in again, and nothing that it had finished
a dead worker: a failed attempt with the cause | system/failures | a job that kills its worker each time ends as failed with that cause
at least once: nothing is lost when all is killed | system/deaths | does every job that was not finished, at once when it is started again
a run again without its host uses no retry | system/interruptions | says that a host was lost which had it in its hands, also to the failure callback, and uses no retry for that
# Commands
worker:start: reports when every queue is up, refuses a second | system/reloading | returns when every queue is up, and worker:restart and worker:stop work on it
worker:stop: running jobs finish, the rest goes back | system/stopping | lets what runs finish, gives back what was not begun, and is told as stopping meanwhile
worker:stop --force | system/stopping | with --force kills at once, and the jobs are back in the queue
worker:restart | system/reloading | returns when every queue is up, and worker:restart and worker:stop work on it
worker:reload: fresh code without a gap | system/reloading | replaces every worker with fresh code under load, and loses and repeats nothing
worker:reload: the old workers stay when it will not do | system/reloading | refuses a configuration that will not do, and the old workers stay
worker:status: a row per process | system/commands | worker:status has one row per process, with what it does, queue:status one per queue
worker:status: idle, busy, stopping, error | system/commands | worker:status tells a master that does not answer as in error, and the others as they are
queue:status, and the JSON of the three commands | system/commands | queue:status, worker:status and queue:failed have exactly the documented shapes
queue:failed: paged, with attempts, errors and data | system/operators | queue:failed goes through all failed jobs page by page
queue:clean: one queue or all, with progress | system/operators | queue:clean empties one queue, or all, and shows its progress
queue:clean: asks first on a terminal | system/operators | queue:clean asks, and deletes after a yes
queue:clean: no id comes again | system/pushing | ids are never reused, also when queue:clean has emptied the queue
queue:done | system/keeping-done | are listed page by page, and deleted by hand
queue:show | system/operators | queue:show tells everything of a failed job
queue:push | system/operators | queue:push pushes what it was told to, and queue:show shows it in every state
queue:retry | system/operators | queue:retry makes failed jobs ready, and names those that are not failed
queue:remove | system/operators | queue:remove deletes jobs in whatever state but active, and names those that were not there
queue:pause | system/pausing | nothing begins, what runs goes on and what is due waits; queue:resume lets all begin at once
queue:resume | system/pausing | nothing begins, what runs goes on and what is due waits; queue:resume lets all begin at once
systemd:unit | system/unit-files | is what systemd:unit prints, with the place of this executable, and systemd finds no fault in it
init | system/init | the types that init writes let a project without npm compile, and find a mistake
doctor | system/doctor | is told so, a line for each thing that was looked at
demo | system/demo | mpq demo runs a job for each file, kills a worker half-way, and says that the numbers agree
completion | system/completion | has every command, and every option of each
list, --help, --version | system/commands | mpq list, mpq help, --help and --version say what there is
help | system/commands | mpq list, mpq help, --help and --version say what there is
exit codes | system/commands | exit codes: 0 done, 1 failed, 2 usage, 69 store unreachable, 78 configuration
a suggestion for an unknown flag or command | system/commands | an unknown flag or command is an error with a suggestion: %j
colours, NO_COLOR | system/commands | colours stand on a terminal only, and never with NO_COLOR
# Notes
code is loaded when a worker starts | system/reloading | replaces every worker with fresh code under load, and loses and repeats nothing
several services on one machine | system/services | share the work of a queue, and run on one host when each has a name
`;

interface Row {
  readonly row: string;
  readonly file: string;
  readonly title: string;
}

const ROWS: readonly Row[] = TABLE.split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [row = "", file = "", title = ""] = line.split(" | ");
    return { row, file: `test/${file}.test.ts`, title };
  });

describe("every promise has a test", () => {
  test("that is there, under its title", () => {
    const missing = ROWS.filter(({ file, title }) => !existsSync(join(ROOT, file)) || !isTitled(page(file), title));
    expect(missing).toEqual([]);
  });

  test("and is told once", () => {
    expect(new Set(ROWS.map(({ row }) => row)).size).toBe(ROWS.length);
  });

  test("also that of each option and of each command", () => {
    const told = new Set(ROWS.map(({ row }) => /^[\w.]+(?::[a-z]+)?/.exec(row)?.[0]));
    const logs = LOG_OPTIONS.map((option) => `log.${option}`);
    const names = [...OPTIONS.filter((option) => option !== "log"), ...logs, ...QUEUE_OPTIONS];
    expect([...names, ...COMMANDS.map(({ name }) => name)].filter((name) => !told.has(name))).toEqual([]);
  });
});

/** Whether a test, or a group of tests, has this title: the first argument of a call. */
function isTitled(text: string, title: string): boolean {
  return [`"${title}",`, `\`${title}\`,`].some((quoted) => {
    const before = text.split(quoted).slice(0, -1);
    return before.some((part) => part.trimEnd().endsWith("("));
  });
}
