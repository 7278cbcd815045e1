import { appendFileSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { diskVariable, type DiskOperation, type DiskSettings } from "./disk-fault.ts";

/**
 * Loaded before a command (`node --import`): makes `node:fs/promises` fail below one directory as
 * the environment says. Whatever changes a file goes through it, so that its operations can be
 * counted, too.
 */
const { directory, report, fault } = JSON.parse(process.env[diskVariable] ?? "{}") as DiskSettings;
let operations = 0;
let matching = 0;
let roomBytes = fault.kind === "full" ? fault.roomBytes : Infinity;

/** Notes an operation, and does it as far as the disk is willing. */
async function perform<Result>(
  operation: DiskOperation,
  path: string,
  act: () => Promise<Result>,
): Promise<Result> {
  operations += 1;
  const isAt = fault.kind === "kill" && operations === fault.at;
  if (isAt && fault.when === "before") process.kill(process.pid, "SIGKILL");
  const code = refusalOf(operation, path);
  const name = path.slice(directory.length + 1);
  appendFileSync(report, `${operation}\t${name}\t${code === null ? "" : "failed"}\n`);
  if (code !== null) throw systemError(code, operation, path);
  const result = await act();
  if (isAt) process.kill(process.pid, "SIGKILL");
  return result;
}

function refusalOf(operation: DiskOperation, path: string): string | null {
  if (fault.kind === "read-only") return "EROFS";
  if (fault.kind !== "error") return null;
  if (operation !== fault.operation || !path.endsWith(fault.file)) return null;
  matching += 1;
  return matching >= fault.from ? fault.code : null;
}

function systemError(code: string, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: injected, ${operation} '${path}'`), { code });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** How much of a growth by so many bytes there is room for. */
function takeRoom(bytes: number): number {
  const taken = Math.min(bytes, roomBytes);
  roomBytes -= taken;
  return taken;
}

function isInside(path: unknown): path is string {
  return typeof path === "string" && (path === directory || path.startsWith(`${directory}/`));
}

const real = { ...promises };

promises.open = async (path, flags, mode) => {
  if (!isInside(path)) return real.open(path, flags, mode);
  const changes = flags !== undefined && flags !== "r";
  const open = () => real.open(path, flags, mode);
  const freed = String(flags).startsWith("w") ? sizeOf(path) : 0;
  const handle = changes ? await perform("open", path, open) : await open();
  roomBytes += freed;
  return watched(handle, path);
};

/** The handle with all that changes its file watched. */
function watched(handle: FileHandle, path: string): FileHandle {
  const write = handle.write.bind(handle) as (
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => Promise<{ bytesWritten: number }>;
  const writeFile = handle.writeFile.bind(handle);
  const changes = {
    write: (buffer: Uint8Array, offset: number, length: number, position: number) =>
      perform("write", path, () => {
        const growth = Math.max(0, position + length - sizeOf(path));
        const taken = length - growth + takeRoom(growth);
        if (taken <= 0) throw systemError("ENOSPC", "write", path);
        return write(buffer, offset, taken, position);
      }),
    writeFile: (data: string | Uint8Array) =>
      perform("write", path, async () => {
        const bytes = Buffer.from(data as Uint8Array);
        const taken = takeRoom(bytes.length);
        await writeFile(bytes.subarray(0, taken));
        if (taken < bytes.length) throw systemError("ENOSPC", "write", path);
      }),
    truncate: (length = 0) =>
      perform("truncate", path, async () => {
        const before = sizeOf(path);
        await real.truncate(path, length);
        roomBytes += Math.max(0, before - length);
      }),
    datasync: watch("datasync", handle.datasync.bind(handle)),
    sync: watch("sync", handle.sync.bind(handle)),
  };
  function watch(operation: "datasync" | "sync", act: () => Promise<void>) {
    return () => perform(operation, path, act);
  }
  return Object.assign(handle, changes);
}

promises.link = (from, to) =>
  isInside(to) ? perform("link", to, () => real.link(from, to)) : real.link(from, to);

promises.rename = (from, to) => {
  if (!isInside(to)) return real.rename(from, to);
  return perform("rename", to, async () => {
    const freed = sizeOf(to);
    await real.rename(from, to);
    roomBytes += freed;
  });
};

promises.unlink = (path) => {
  if (!isInside(path)) return real.unlink(path);
  return perform("unlink", path, async () => {
    const { nlink, size } = statSync(path);
    await real.unlink(path);
    if (nlink === 1) roomBytes += size;
  });
};

promises.rm = (path, options) => {
  if (!isInside(path)) return real.rm(path, options);
  return perform("unlink", path, async () => {
    const freed = sizeOf(path);
    await real.rm(path, options);
    roomBytes += freed;
  });
};

promises.mkdir = ((path: string, options: { recursive?: boolean }) => {
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (!isInside(path) || isThere) return real.mkdir(path, options);
  return perform("mkdir", path, () => real.mkdir(path, options));
}) as typeof promises.mkdir;

syncBuiltinESMExports();
