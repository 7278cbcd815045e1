import { mixed, shinglesOf } from "./words.ts";

/** Texts that were kept, and which of them another text is like. */
export type SimilarTexts = {
  /** The owner of a kept text that is at least as similar as asked, or undefined. */
  readonly find: (text: string, isOwn: (owner: number) => boolean) => number | undefined;
  readonly add: (text: string, owner: number) => void;
};

const hashes = 128;
/** Words of a run: texts are as similar as the share of their runs that both have. */
const wordsInRun = 3;

/**
 * Finds near duplicates by MinHash and locality-sensitive hashing (Leskovec, Rajaraman and Ullman,
 * Mining of Massive Datasets, 3.3 and 3.4). Candidates are texts that share a band of their
 * signatures; bands are chosen so that a pair at the least similarity is a candidate with a
 * probability of 0.999 or more, and its Jaccard similarity is then computed exactly.
 *
 * @param least Jaccard similarity of runs of three words, over 0 and up to 1 (the same runs).
 */
export function createSimilarTexts(least: number): SimilarTexts {
  const rows = rowsOfBand(least);
  const bands = Math.floor(hashes / rows);
  const buckets = new Map<number, number[]>();
  const kept: { readonly owner: number; readonly shingles: Uint32Array }[] = [];

  function keysOf(shingles: ReadonlySet<number>): number[] {
    const signature = signatureOf(shingles);
    return Array.from({ length: bands }, (_, band) => {
      let key = mixed(band + 1);
      for (let row = 0; row < rows; row += 1) {
        key = mixed(key ^ (signature[band * rows + row] ?? 0));
      }
      return key;
    });
  }

  return {
    find(text, isOwn) {
      const shingles = shinglesOf(text, wordsInRun);
      const seen = new Set(keysOf(shingles).flatMap((key) => buckets.get(key) ?? []));
      for (const index of [...seen].toSorted((one, other) => one - other)) {
        const other = kept[index];
        if (other === undefined || isOwn(other.owner)) continue;
        if (similarity(shingles, other.shingles) >= least) return other.owner;
      }
      return undefined;
    },
    add(text, owner) {
      const shingles = shinglesOf(text, wordsInRun);
      const index = kept.push({ owner, shingles: Uint32Array.from(shingles) }) - 1;
      for (const key of keysOf(shingles)) {
        const bucket = buckets.get(key);
        if (bucket === undefined) buckets.set(key, [index]);
        else bucket.push(index);
      }
    },
  };
}

/** The most rows of a band, for the fewest candidates, at which similar texts are still found. */
function rowsOfBand(least: number): number {
  for (let rows = 16; rows > 1; rows -= 1) {
    const missed = (1 - least ** rows) ** Math.floor(hashes / rows);
    if (missed <= 0.001) return rows;
  }
  return 1;
}

function signatureOf(shingles: ReadonlySet<number>): Uint32Array {
  const signature = new Uint32Array(hashes).fill(0xffffffff);
  for (const shingle of shingles) {
    for (let index = 0; index < hashes; index += 1) {
      const hash = mixed(shingle ^ Math.imul(index + 1, 0x9e3779b9));
      if (hash < signature[index]!) signature[index] = hash;
    }
  }
  return signature;
}

function similarity(one: ReadonlySet<number>, other: Uint32Array): number {
  let shared = 0;
  for (const shingle of other) if (one.has(shingle)) shared += 1;
  return shared / (one.size + other.length - shared);
}
