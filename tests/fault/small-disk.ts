import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** A disk in memory of a fixed size. */
export type SmallDisk = {
  readonly path: string;
  /** Gives it another size, in bytes, or makes it read-only, without touching what is on it. */
  readonly remount: (options: string) => void;
  readonly unmount: () => void;
};

const mounted = new Set<string>();
process.on("exit", () => {
  for (const path of mounted) spawnSync("umount", [path]);
});

/**
 * Mounts a disk of so many bytes at a directory that it makes; null where this process may not
 * mount anything.
 */
export function mountSmallDisk(path: string, sizeBytes: number): SmallDisk | null {
  mkdirSync(path, { recursive: true });
  if (process.platform !== "linux") return null;
  const made = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", path]);
  if (made.status !== 0) return null;
  mounted.add(path);
  return {
    path,
    remount(options) {
      const done = spawnSync("mount", ["-o", `remount,${options}`, path], { encoding: "utf8" });
      if (done.status !== 0) throw new Error(`remount of ${path}: ${done.stderr}`);
    },
    unmount() {
      spawnSync("umount", [path]);
      mounted.delete(path);
    },
  };
}

/** What a case says where it could not mount. */
export const noMount = "left out: this user may not mount a disk";
