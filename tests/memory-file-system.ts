import { dirname } from "node:path";
import type { FileSystem, OpenFile } from "../storage/file-system.ts";

/** An operation about to be done, for `before`. */
export type Operation = {
  name: "open" | "read" | "write" | "datasync" | "sync" | "truncate" | "link" | "rename" | "unlink";
  path: string;
};

/** A file system of this process's memory, for tests: it can fail, fill up and lose its power. */
export type MemoryFileSystem = FileSystem & {
  /** The content of a file; undefined where there is none. */
  contentOf(path: string): Buffer | undefined;
  /** The part of a file that is sure to survive a power loss. */
  durableContentOf(path: string): Buffer | undefined;
  put(path: string, content: Uint8Array): void;
  paths(): string[];
};

type Content = { bytes: Buffer; durable: Buffer };

/** An error such as the system's own. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/**
 * @param options.capacityBytes more than these in all files together and a write is cut short, then
 *   fails with ENOSPC
 * @param options.before called before each operation; what it throws is the operation's error
 */
export function createMemoryFileSystem(
  options: { capacityBytes?: number; before?: (operation: Operation) => void } = {},
): MemoryFileSystem {
  const { capacityBytes = Number.POSITIVE_INFINITY, before = () => undefined } = options;
  const files = new Map<string, Content>();

  function roomLeft(): number {
    const used = [...new Set(files.values())].reduce((sum, { bytes }) => sum + bytes.length, 0);
    return capacityBytes - used;
  }

  function existing(path: string): Content {
    const content = files.get(path);
    if (content === undefined) throw systemError("ENOENT");
    return content;
  }

  async function open(path: string, flags: string): Promise<OpenFile> {
    before({ name: "open", path });
    if ([...files.keys()].some((name) => dirname(name) === path))
      return openDirectory(path, before);
    if (flags.startsWith("r")) return openContent(path, existing(path), { before, roomLeft });
    if (flags.includes("x") && files.has(path)) throw systemError("EEXIST");
    const content = files.get(path) ?? { bytes: Buffer.alloc(0), durable: Buffer.alloc(0) };
    if (flags.startsWith("w")) content.bytes = Buffer.alloc(0);
    files.set(path, content);
    return openContent(path, content, { before, roomLeft });
  }

  return {
    open,
    async link(from, to) {
      before({ name: "link", path: to });
      if (files.has(to)) throw systemError("EEXIST");
      files.set(to, existing(from));
    },
    async rename(from, to) {
      before({ name: "rename", path: to });
      files.set(to, existing(from));
      files.delete(from);
    },
    async unlink(path) {
      before({ name: "unlink", path });
      existing(path);
      files.delete(path);
    },
    contentOf: (path) => files.get(path)?.bytes,
    durableContentOf: (path) => files.get(path)?.durable,
    put: (path, content) =>
      void files.set(path, { bytes: Buffer.from(content), durable: Buffer.from(content) }),
    paths: () => [...files.keys()].toSorted(),
  };
}

type Surroundings = { before: (operation: Operation) => void; roomLeft: () => number };

function openContent(path: string, content: Content, { before, roomLeft }: Surroundings): OpenFile {
  async function settle(name: "sync" | "datasync"): Promise<void> {
    before({ name, path });
    content.durable = Buffer.from(content.bytes);
  }

  return {
    async read(buffer, offset, length, position) {
      before({ name: "read", path });
      const part = content.bytes.subarray(position, position + length);
      buffer.set(part, offset);
      return { bytesRead: part.length };
    },
    async write(buffer, offset, length, position) {
      before({ name: "write", path });
      const growth = Math.max(0, position + length - content.bytes.length);
      const taken = length - Math.max(0, growth - roomLeft());
      if (taken <= 0) throw systemError("ENOSPC");
      const size = Math.max(content.bytes.length, position + taken);
      const bytes = Buffer.alloc(size, 0);
      content.bytes.copy(bytes);
      bytes.set(buffer.subarray(offset, offset + taken), position);
      content.bytes = bytes;
      return { bytesWritten: taken };
    },
    datasync: () => settle("datasync"),
    sync: () => settle("sync"),
    async truncate(length) {
      before({ name: "truncate", path });
      content.bytes = content.bytes.subarray(0, length);
    },
    stat: async () => ({ size: content.bytes.length }),
    close: async () => undefined,
  };
}

function openDirectory(path: string, before: (operation: Operation) => void): OpenFile {
  const refuse = () => Promise.reject(systemError("EISDIR"));
  return {
    read: refuse,
    write: refuse,
    truncate: refuse,
    datasync: async () => undefined,
    sync: async () => before({ name: "sync", path }),
    stat: async () => ({ size: 0 }),
    close: async () => undefined,
  };
}
