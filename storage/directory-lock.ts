import { randomUUID } from "node:crypto";
import { link, open, readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { FellowshipError } from "../state/fellowship-error.ts";
import {
  identifyThisProcess,
  judgeLiveness,
  ProcessIdentity,
  type Liveness,
} from "./process-identity.ts";
import { storageFailed, systemCode } from "./storage-failed.ts";

/** A directory that only this process holds. */
export type DirectoryLock = {
  /** Lets the directory go. May be called again. */
  release(): Promise<void>;
};

const Owner = z.object({ ...ProcessIdentity.shape, token: z.string() });
type Owner = z.infer<typeof Owner>;

/** A lock file; `owner` is null where its content is not one of ours. */
type FoundLock = { number: number; path: string; owner: Owner | null; liveness: Liveness };

const lockName = /^lock\.([1-9]\d*)$/;
const temporaryName = /^lock\.tmp-/;
const maxAttempts = 100;
/**
 * Files with higher numbers are locks too, but none follows them: their successors may not exist.
 */
const highestNumber = 999_999_999;

/**
 * Takes a directory for this process, so that no two write in it.
 *
 * A lock is a file `lock.N` that holds who owns it and appears with its content at once, by `link`.
 * One that begins looks at all of them. If any owner is not provably gone, the directory is in use.
 * Otherwise it links the number after the highest (below a bound), which only one of many can, and
 * looks again: a process that then sees another's lock that is not provably stale takes its own
 * away and starts anew. Of two that linked different numbers, the one that looked last must see the
 * other, so never do both stay (the argument of Dekker's algorithm); a lock file that stands throughout a
 * listing is in it (POSIX readdir). Locks of owners that are gone are taken away by the holder
 * only, when it lets go: a name that is free can be linked anew, so no other process may remove
 * what it only remembers as stale.
 *
 * A holder whose lock is removed by hand while it runs is not protected.
 *
 * @throws FellowshipError `directory_in_use`, naming the owner and, where it can't be judged from
 *   here, what to remove by hand; `storage_failed` where the directory can't be written or has no
 *   hard links
 */
export async function acquireDirectoryLock(directory: string): Promise<DirectoryLock> {
  const owner: Owner = { ...(await identifyThisProcess()), token: randomUUID() };
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const found = await findLocks(directory, owner);
      refuseIfHeld(directory, found);
      const mine = await publish(directory, nextNumber(found), owner);
      if (mine === null) continue;
      const others = (await findLocks(directory, owner)).filter(({ path }) => path !== mine);
      if (others.every(isStale)) return await holdLock(directory, mine, owner);
      await remove(mine);
      // Two that gave way to each other shall not meet again.
      await sleep(Math.random() * 20);
    }
  } catch (error) {
    throw storageFailed("take the lock in", directory, error);
  }
  throw new FellowshipError(
    "directory_in_use",
    `expected to be alone in ${directory}, got other processes that take its lock and let ` +
      "it go all the time",
    { facts: { directory } },
  );
}

/**
 * The process that holds a directory now; null where none does, or where that can't be told from
 * here. Takes nothing and changes nothing.
 */
export async function findLockHolder(
  directory: string,
): Promise<{ readonly pid: number; readonly host: string } | null> {
  const here: Owner = { ...(await identifyThisProcess()), token: "" };
  const found = await findLocks(directory, here).catch(() => []);
  const owner = found.find(({ liveness }) => liveness === "alive")?.owner;
  return owner == null ? null : { pid: owner.pid, host: owner.host };
}

/** The number after the highest, which only one of many processes can link. */
function nextNumber(found: readonly FoundLock[]): number {
  const numbers = found.map(({ number }) => number);
  return Math.max(0, ...numbers.filter((number) => number < highestNumber)) + 1;
}

const isStale = (lock: FoundLock): boolean => lock.liveness === "gone";

async function findLocks(directory: string, here: Owner): Promise<FoundLock[]> {
  const names = (await readdir(directory)).filter((name) => lockName.test(name));
  const found = await Promise.all(names.map((name) => readLock(directory, name, here)));
  return found.filter((lock) => lock !== null);
}

/** Null where the lock was taken away in the meantime. */
async function readLock(directory: string, name: string, here: Owner): Promise<FoundLock | null> {
  const path = join(directory, name);
  const number = Number(lockName.exec(name)?.[1]);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const owner = parseOwner(text);
  if (owner === null) return { number, path, owner, liveness: "unknown" };
  return { number, path, owner, liveness: await judgeLiveness(owner, here, directory) };
}

function parseOwner(text: string): Owner | null {
  try {
    return Owner.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function refuseIfHeld(directory: string, found: readonly FoundLock[]): void {
  const held = found.find((lock) => lock.liveness === "alive") ?? found.find((l) => !isStale(l));
  if (held === undefined) return;
  const { path, owner, liveness } = held;
  const who = owner === null ? "an unknown process" : `process ${owner.pid} on ${owner.host}`;
  const remedy =
    liveness === "alive"
      ? "wait until it has ended, or give another directory"
      : "whether it still runs can't be told from here; if you know that it does not, remove " +
        `${path}`;
  throw new FellowshipError(
    "directory_in_use",
    `expected to be alone in ${directory}, got ${who} in it: ${remedy}`,
    { facts: { directory, lock: path, pid: owner?.pid ?? null, host: owner?.host ?? null } },
  );
}

/**
 * Makes `lock.<number>` appear with its content; the path, or null where another process was
 * faster.
 */
async function publish(directory: string, number: number, owner: Owner): Promise<string | null> {
  const temporary = join(directory, `lock.tmp-${owner.token}`);
  const path = join(directory, `lock.${number}`);
  try {
    await writeNew(temporary, `${JSON.stringify(owner)}\n`);
    await link(temporary, path);
    return path;
  } catch (error) {
    // ENOENT: a holder has swept the temporary file away.
    if (systemCode(error) === "EEXIST" || systemCode(error) === "ENOENT") return null;
    throw error;
  } finally {
    await remove(temporary).catch(() => undefined); // else the next holder sweeps it up
  }
}

/** Synced, for a lock without content after a power loss would have to be removed by hand. */
async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function holdLock(directory: string, mine: string, owner: Owner): Promise<DirectoryLock> {
  await sweep(directory);
  let released: Promise<void> | null = null;

  async function letGo(): Promise<void> {
    const found = await findLocks(directory, owner);
    for (const lock of found.filter(isStale)) await remove(lock.path);
    // A person may have removed it by hand, and another process taken the name.
    const current = found.find(({ path }) => path === mine);
    if (current?.owner?.token === owner.token) await remove(mine);
  }

  return {
    release: () =>
      (released ??= letGo().catch((error: unknown) => {
        if (systemCode(error) === "ENOENT") return; // the directory itself is gone
        throw storageFailed("release the lock in", directory, error);
      })),
  };
}

/**
 * Takes away what starters that were killed left; one that still runs begins again and finds the
 * directory in use.
 */
async function sweep(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => temporaryName.test(name));
  await Promise.all(names.map((name) => remove(join(directory, name))));
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
