import * as fs from "node:fs/promises";

/**
 * An open file, as much of `FileHandle` as durable storage needs. Offsets, lengths and positions
 * are bytes.
 */
export type OpenFile = {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  stat(): Promise<{ size: number }>;
  close(): Promise<void>;
};

/**
 * The functions of `node:fs/promises` that durable storage uses, so that a test can make any of
 * them fail.
 */
export type FileSystem = {
  open(path: string, flags: string): Promise<OpenFile>;
  link(existing: string, added: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
};

/** The disk. */
export const diskFileSystem: FileSystem = {
  open: async (path, flags) => {
    await refuseDevice(path);
    return fs.open(path, flags);
  },
  link: fs.link,
  rename: fs.rename,
  unlink: fs.unlink,
};

/** Opening a pipe may wait forever, and a device may have no end. */
async function refuseDevice(path: string): Promise<void> {
  const stats = await fs.stat(path).catch(() => null);
  if (stats === null || stats.isFile() || stats.isDirectory()) return;
  throw Object.assign(new Error("it is a device or pipe, not a regular file"), { code: "ENOTREG" });
}
