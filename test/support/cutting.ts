import type { Socket } from "bun";

/** Stands between a driver and its store, and can cut the line after a request was carried out and before its reply. */
export interface CuttingProxy {
  readonly url: string;
  /** Cuts once: the next reply to a request in which `text` occurs is lost, and the line with it. Resolves then. */
  cutReplyTo(text: string): Promise<void>;
  /** Cuts nothing any more, if nothing was cut yet. */
  spare(): void;
  stop(): void;
}

interface Line {
  readonly upstream: Promise<Socket>;
  isDoomed: boolean;
}

/** Starts a proxy for the socket at `path`, on a socket beside it. */
export function startCutting(path: string): CuttingProxy {
  const own = `${path}.proxy`;
  let doomed: { readonly text: string; readonly done: () => void } | undefined;
  const server = Bun.listen<Line>({
    unix: own,
    socket: {
      open(client) {
        const line: Line = { isDoomed: false, upstream: connect(path, client, () => line.isDoomed && cut(client)) };
        client.data = line;
      },
      async data({ data: line }, chunk) {
        const request = Buffer.from(chunk);
        if (doomed !== undefined && request.includes(doomed.text)) line.isDoomed = true;
        (await line.upstream).write(request);
      },
      async close({ data: line }) {
        (await line.upstream).end();
      },
    },
  });
  const cut = (client: Socket<Line>): true => {
    client.terminate();
    doomed?.done();
    doomed = undefined;
    return true;
  };
  return {
    url: `redis+unix://${own}`,
    cutReplyTo: (text) =>
      new Promise((done) => {
        doomed = { text, done };
      }),
    spare: () => {
      doomed = undefined;
    },
    stop: () => server.stop(true),
  };
}

/** `isCut` is asked for each reply, and says whether it is lost. */
function connect(path: string, client: Socket<Line>, isCut: () => boolean): Promise<Socket> {
  return Bun.connect({
    unix: path,
    socket: {
      data(_, chunk) {
        if (!isCut()) client.write(chunk);
      },
      close() {
        client.end();
      },
    },
  });
}
