/**
 * The name of a part inside a part: `round-2` and `swapped` make `round-2.swapped`; empty ones fall
 * away.
 */
export function joinPart(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(".");
}

const swapped = "swapped";

/** The part of a call that was shown the two responses in the other order. */
export function swappedPart(part: string): string {
  return joinPart(part, swapped);
}

/** True for the parts of `swappedPart`. */
export function isSwappedPart(part: string | undefined): boolean {
  return part === swapped || part?.endsWith(`.${swapped}`) === true;
}
