import { execFile } from "node:child_process";
import { readdir, readFile, readlink, statfs } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";
import * as z from "zod";

const run = promisify(execFile);

/**
 * Which process of which machine, so that it is not mistaken for another one of the same number.
 * Null where the operating system doesn't provide it.
 */
export const ProcessIdentity = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** Differs after each start of the machine. */
  bootId: z.string().nullable(),
  /** Within which process numbers mean the same; containers on one machine have different ones. */
  pidNamespace: z.string().nullable(),
  /** When the process began, in the system's own words. */
  startTime: z.string().nullable(),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

/**
 * `alive`: it runs, or it can't be shown that the process of this number is another one. `gone`:
 * proved. `unknown`: it can't be judged from here.
 */
export type Liveness = "alive" | "gone" | "unknown";

/** Who this process is. */
export async function identifyThisProcess(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    host: hostname(),
    bootId: await readBootId(),
    pidNamespace: await orNull(readlink("/proc/self/ns/pid")),
    startTime: (await inspectProcess(process.pid)).startTime,
  };
}

/**
 * Whether a process that wrote its identity into `directory` still runs, as seen from the process
 * `here`.
 *
 * - Another host, or another container of this one: unknown.
 * - Another start of this machine: gone if the directory is on a file system that only one kernel
 *   can have mounted; otherwise unknown, for a machine of the same name may share it over a
 *   network.
 * - The same start: gone if no process has the number, or one that began at another time.
 */
export async function judgeLiveness(
  owner: ProcessIdentity,
  here: ProcessIdentity,
  directory: string,
): Promise<Liveness> {
  if (owner.host !== here.host || owner.bootId === null || here.bootId === null) return "unknown";
  if (owner.bootId !== here.bootId) {
    return (await isOnLocalFileSystem(directory)) ? "gone" : "unknown";
  }
  if (owner.pidNamespace !== here.pidNamespace) return "unknown";
  const found = await inspectProcess(owner.pid);
  if (!found.running) return "gone";
  if (found.startTime === null || owner.startTime === null) return "alive";
  return found.startTime === owner.startTime ? "alive" : "gone";
}

type Inspection = { running: boolean; startTime: string | null };

async function inspectProcess(pid: number): Promise<Inspection> {
  if (!existsProcess(pid)) return { running: false, startTime: null };
  if (process.platform === "linux") return inspectByProc(pid);
  const options = { env: { ...process.env, LC_ALL: "C", TZ: "UTC" } };
  const listed = await orNull(run("ps", ["-o", "lstart=", "-p", String(pid)], options));
  return { running: true, startTime: listed?.stdout.trim() || null };
}

/**
 * proc(5): field 3 of `stat` is the state, field 22 the start in clock ticks since the machine's
 * start.
 */
async function inspectByProc(pid: number): Promise<Inspection> {
  const stat = await orNull(readFile(`/proc/${pid}/stat`, "latin1"));
  if (stat === null) return { running: existsProcess(pid), startTime: null };
  // The program's name is in brackets before them and may itself hold spaces and brackets.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z" || state === "X") {
    // Killed, and not waited for yet. A thread of it may still be inside a write.
    const threads = await orNull(readdir(`/proc/${pid}/task`));
    if (threads === null || threads.length <= 1) return { running: false, startTime: null };
  }
  return { running: true, startTime: fields[18] ?? null };
}

function existsProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is one, of another user.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

async function readBootId(): Promise<string | null> {
  if (process.platform === "linux") {
    return (await orNull(readFile("/proc/sys/kernel/random/boot_id", "latin1")))?.trim() || null;
  }
  if (process.platform === "darwin") {
    const answer = await orNull(run("sysctl", ["-n", "kern.bootsessionuuid"]));
    return answer?.stdout.trim() || null;
  }
  return null;
}

// statfs(2): ext2 to ext4, XFS, Btrfs, tmpfs, F2FS, ZFS.
const localFileSystems: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0xf2f52010, 0x2fc12fc1,
]);

async function isOnLocalFileSystem(directory: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const found = await orNull(statfs(directory));
  return found !== null && localFileSystems.has(found.type);
}

async function orNull<Value>(promise: Promise<Value>): Promise<Value | null> {
  try {
    return await promise;
  } catch {
    return null;
  }
}
