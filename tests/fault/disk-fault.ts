import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultCommand } from "./killer.ts";

/** What can be done to a disk that is asked to change something. */
export type DiskOperation =
  | "open"
  | "write"
  | "datasync"
  | "sync"
  | "truncate"
  | "link"
  | "rename"
  | "unlink"
  | "mkdir";

/** What is wrong with the disk. */
export type DiskFault =
  /** Nothing; operations are only written down. */
  | { readonly kind: "none" }
  /** The n-th such operation on a file with this name, from 1, fails, and all after it. */
  | {
      readonly kind: "error";
      readonly operation: DiskOperation;
      /** How the file's name ends. */
      readonly file: string;
      readonly from: number;
      readonly code: "EIO" | "ENOSPC" | "EDQUOT";
    }
  /** It takes so many bytes, and no more until something is taken away. */
  | { readonly kind: "full"; readonly roomBytes: number }
  | { readonly kind: "read-only" }
  /** The process is killed before or after its n-th operation, from 1. */
  | { readonly kind: "kill"; readonly at: number; readonly when: "before" | "after" };

/** As the faulty disk reads it from its environment. */
export type DiskSettings = {
  /** The fault is in here, and nowhere else. */
  readonly directory: string;
  /** Where the operations are written down, a line each: name and file. */
  readonly report: string;
  readonly fault: DiskFault;
};

export const diskVariable = "FELLOWSHIP_DISK_FAULT";

/** The command with a disk that fails below its output directory. */
export function onFaultyDisk(command: FaultCommand, settings: DiskSettings): FaultCommand {
  const preload = join(import.meta.dirname, "faulty-disk.ts");
  return {
    ...command,
    preload: [...(command.preload ?? []), preload],
    environment: { ...command.environment, [diskVariable]: JSON.stringify(settings) },
  };
}

/** The operations that were written down, in order. */
export function operationsIn(
  report: string,
): { readonly operation: DiskOperation; readonly file: string; readonly failed: boolean }[] {
  if (!existsSync(report)) return [];
  const lines = readFileSync(report, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const [operation = "", file = "", failed] = line.split("\t");
    return { operation: operation as DiskOperation, file, failed: failed === "failed" };
  });
}
