import { createHash } from "node:crypto";

/** A sequence of random numbers that its key alone decides. */
export type Draws = {
  /** Uniform in the open interval (0, 1). */
  readonly uniform: () => number;
  /** Normal with mean 0 and standard deviation 1. */
  readonly gaussian: () => number;
  /** A whole number from 0 to `count` - 1. */
  readonly below: (count: number) => number;
};

const wordsInBlock = 16;

/**
 * Draws for a key: SHA-512 over the key and a block number, read as 32-bit words. Keys that differ
 * in one character give unrelated draws, in whatever order calls are answered.
 *
 * Normal draws by Box and Muller, "A Note on the Generation of Random Normal Deviates", Annals of
 * Mathematical Statistics 29, 1958.
 */
export function createDraws(key: string): Draws {
  let block = Buffer.alloc(0);
  let blockNumber = 0;
  let next = wordsInBlock;
  let spare: number | null = null;

  function uniform(): number {
    if (next === wordsInBlock) {
      block = createHash("sha512").update(`${blockNumber}:${key}`).digest();
      blockNumber += 1;
      next = 0;
    }
    const word = block.readUInt32LE(next * 4);
    next += 1;
    return (word + 0.5) / 2 ** 32;
  }

  function gaussian(): number {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  return { uniform, gaussian, below: (count) => Math.floor(uniform() * count) };
}
