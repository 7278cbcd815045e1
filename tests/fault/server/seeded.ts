import { createHash } from "node:crypto";

/** A number from 0 up to 1, a function of the parts alone. */
export function seeded(...parts: readonly (string | number)[]): number {
  const hash = createHash("sha256").update(parts.join("\u0000")).digest();
  return hash.readUIntBE(0, 6) / 2 ** 48;
}

/** A whole number between two, both included, a function of the parts alone. */
export function seededBetween(
  [least, most]: readonly [number, number],
  ...parts: readonly (string | number)[]
): number {
  return least + Math.floor(seeded(...parts) * (most - least + 1));
}
