import { chmodSync } from "node:fs";
import type { Socket } from "bun";
import { reportOf } from "../../errors.ts";
import { type ControlReply, type ControlRequest, parseRequest } from "../control.ts";
import { LineReader } from "../lines.ts";

/** A line longer than this is no request. */
const MAX_LINE = 4_096;

export type Answer = (request: ControlRequest) => Promise<ControlReply>;

/**
 * Listens on the service's control socket, which only this user may connect to. Returns what ends that; who is connected
 * then stays so until this process has ended, and sees its end by that: it has logged everything, and writes no more.
 */
export function serveControl(path: string, answer: Answer): () => void {
  const server = Bun.listen<Asker>({
    unix: path,
    socket: {
      open(socket) {
        socket.unref();
        socket.data = { lines: new LineReader((line) => void reply(socket, line, answer)), read: 0, isGone: false };
      },
      data(socket, bytes) {
        socket.data.read += bytes.length;
        if (socket.data.read > MAX_LINE) socket.end();
        else socket.data.lines.read(bytes);
      },
      close(socket) {
        socket.data.isGone = true;
      },
    },
  });
  chmodSync(path, 0o600);
  return () => server.stop();
}

/** Who is connected. */
interface Asker {
  readonly lines: LineReader;
  read: number;
  isGone: boolean;
}

/**
 * When this process hung, who asked may have given up since and told so. The end of a connection is heard in the same turn
 * as what was written before it, but after that.
 */
async function reply(socket: Socket<Asker>, line: string, answer: Answer): Promise<void> {
  const request = parseRequest(line);
  if (request === undefined) return void socket.end();
  await new Promise((resolve) => setImmediate(resolve));
  if (socket.data.isGone) return;
  socket.write(`${JSON.stringify(await answered(request, answer))}\n`);
}

/** What goes wrong with an answer is told to who asked, and ends nothing here. */
async function answered(request: ControlRequest, answer: Answer): Promise<ControlReply> {
  try {
    return await answer(request);
  } catch (error) {
    return { error: reportOf(error) };
  }
}
