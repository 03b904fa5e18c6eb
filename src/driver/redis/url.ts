import type { ConnectionOptions } from "node:tls";
import type { RedisOptions } from "ioredis";
import { MpqError } from "../../errors.ts";

/** What a URL does not say, or should not: secrets stand here rather than in a URL that is shown. */
export interface RedisOptionsOfMpq {
  /** Default `redis://127.0.0.1:6379`. */
  readonly url?: string;
  readonly username?: string;
  readonly password?: string;
  /** The Sentinels' own password. */
  readonly sentinelPassword?: string;
  /** Certificates and the like, for `rediss://`. */
  readonly tls?: ConnectionOptions;
}

/** The part of the client's options that an address decides. */
type Place = Pick<
  RedisOptions,
  "host" | "port" | "path" | "db" | "sentinels" | "name" | "username" | "password" | "sentinelPassword" | "tls"
>;

/** Where a store is and how to reach it. */
export interface Target {
  /** The URL without secrets. */
  readonly label: string;
  readonly options: Place;
  /** The nodes to ask first; only of a cluster. */
  readonly cluster?: readonly Node[];
}

interface Node {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_URL = "redis://127.0.0.1:6379";
const PORT = 6379;
const SENTINEL_PORT = 26379;
const SHAPES =
  "redis://host:port/db, rediss://…, redis+cluster://host:port,host:port, " +
  "redis+sentinel://host:port,host:port/name?db=0 or redis+unix:///path?db=0";
const URL_PARTS =
  /^(redis|rediss|redis\+cluster|rediss\+cluster|redis\+sentinel|rediss\+sentinel|redis\+unix):\/\/(?:([^@/]*)@)?([^/?]*)(\/[^?]*)?(?:\?db=(\d+))?$/;

/** Reads where the store is. Throws `CONFIG_INVALID` for a URL of another shape. */
export function targetOf(options: RedisOptionsOfMpq): Target {
  const url = options.url ?? DEFAULT_URL;
  const parts = URL_PARTS.exec(url);
  if (parts === null) throw refusal(url);
  const [, scheme = "", login = "", authority = "", path = "", query] = parts;
  const [username, password] = loginOf(login, url);
  const secrets = definedOf({
    username: options.username ?? username,
    password: options.password ?? password,
    sentinelPassword: options.sentinelPassword,
    tls: scheme.startsWith("rediss") ? (options.tls ?? {}) : undefined,
  });
  const label = `${scheme}://${authority}${path}${query === undefined ? "" : `?db=${query}`}`;
  const place = placeOf(scheme.replace("rediss", "redis"), { url, authority, path, db: Number(query ?? 0) });
  return { label, ...place, options: { ...place.options, ...secrets } };
}

interface Parts {
  readonly url: string;
  readonly authority: string;
  readonly path: string;
  readonly db: number;
}

function placeOf(scheme: string, { url, authority, path, db }: Parts): Omit<Target, "label"> {
  const name = decodeURIComponent(path.slice(1));
  switch (scheme) {
    case "redis+unix":
      if (authority !== "" || name === "") throw refusal(url);
      return { options: { path: decodeURIComponent(path), db } };
    case "redis+cluster":
      return { options: {}, cluster: nodesOf(authority, PORT, url) };
    case "redis+sentinel":
      if (name === "") throw refusal(url);
      return { options: { sentinels: nodesOf(authority, SENTINEL_PORT, url), name, db } };
    default: {
      if (!/^\d*$/.test(name)) throw refusal(url);
      const [node] = nodesOf(authority, PORT, url);
      return { options: { ...node, db: name === "" ? db : Number(name) } };
    }
  }
}

function nodesOf(authority: string, port: number, url: string): Node[] {
  return authority.split(",").map((text) => {
    const parts = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text);
    if (parts === null) throw refusal(url);
    return { host: parts[1] ?? (parts[2] || "127.0.0.1"), port: Number(parts[3] ?? port) };
  });
}

function loginOf(login: string, url: string): readonly [string | undefined, string | undefined] {
  const colon = login.indexOf(":");
  const read = (text: string): string | undefined => (text === "" ? undefined : decodeURIComponent(text));
  try {
    return colon < 0 ? [read(login), undefined] : [read(login.slice(0, colon)), read(login.slice(colon + 1))];
  } catch (cause) {
    throw new MpqError("CONFIG_INVALID", `${masked(url)}: name and password must be percent-encoded`, { cause });
  }
}

function definedOf<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: NonNullable<Fields[Key]>;
  };
}

function refusal(url: string): MpqError {
  return new MpqError("CONFIG_INVALID", `${masked(url)} is no address of a Redis: expected ${SHAPES}`);
}

function masked(url: string): string {
  return url.replace(/\/\/.*@/, "//***@");
}
