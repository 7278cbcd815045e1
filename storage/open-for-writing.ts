import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";

/**
 * Whether another process of this machine and user has a file open for writing. Read from `/proc`,
 * so false where there is none (macOS, Windows).
 */
export async function isOpenForWriting(path: string): Promise<boolean> {
  const target = await realpath(path).catch(() => path);
  const processes = await readdir("/proc").catch(() => []);
  for (const pid of processes.filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    const files = join("/proc", pid, "fd");
    // Of processes of other users, and of those that have just ended, there is nothing to see.
    for (const descriptor of await readdir(files).catch(() => [])) {
      const opened = await readlink(join(files, descriptor)).catch(() => "");
      if (opened === target && (await isForWriting(pid, descriptor))) return true;
    }
  }
  return false;
}

/** The two lowest bits of the flags, which are in octal digits: 1 to write, 2 to read and write. */
async function isForWriting(pid: string, descriptor: string): Promise<boolean> {
  const text = await readFile(join("/proc", pid, "fdinfo", descriptor), "utf8").catch(() => "");
  const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(text)?.[1] ?? "0", 8);
  return (flags & 3) > 0;
}
