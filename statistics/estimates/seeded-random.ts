import { createHash } from "node:crypto";

/**
 * A seeded source of numbers, uniform in [0, 1) in steps of 2^-32. The same seed gives the same
 * numbers on every machine. The seed is read as text, so that 7 and "7" are the same seed.
 *
 * Generator: `xoshiro128StarStar`, its state the first 128 bits of the seed's SHA-256.
 */
export function createRandom(seed: number | string): () => number {
  const digest = createHash("sha256").update(String(seed)).digest();
  const nextWord = xoshiro128StarStar([
    digest.readUInt32LE(0),
    digest.readUInt32LE(4),
    digest.readUInt32LE(8),
    digest.readUInt32LE(12),
  ]);
  return () => nextWord() / 2 ** 32;
}

/**
 * xoshiro128** 1.1: unsigned 32-bit words from a state of four words that are not all zero.
 *
 * Source: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47(4),
 * 2021, and their xoshiro128starstar.c.
 */
export function xoshiro128StarStar(state: readonly [number, number, number, number]): () => number {
  let [s0, s1, s2, s3] = state;
  return () => {
    const word = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return word;
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
