import { readFileSync, readdirSync } from "node:fs";

/** The processes that another has started, oldest first; Linux alone says. */
export function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === parent)
    .map(Number)
    .toSorted((one, other) => one - other);
}

export function isAlive(pid: number): boolean {
  return parentOf(pid) !== null;
}

/** Null where there is no such process any more. */
function parentOf(pid: number): number | null {
  try {
    const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    const [state, parent] = rest.split(" ");
    return state === "Z" ? null : Number(parent);
  } catch {
    return null; // it has just ended
  }
}
