import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

/** Remembers which bytes of a file were read, by their hashes. */
export type ReadWitness = {
  /** To be told of all bytes that are read, and where in the file they are. */
  readonly saw: (start: number, bytes: Uint8Array) => void;
  /** Whether the file still holds, in each place that was read, the bytes that were read there. */
  readonly isUnchanged: (path: string) => Promise<boolean>;
};

/** Bytes that were read one after the other; `end` is exclusive. */
type Range = { readonly start: number; end: number; readonly hash: Hash };

/** Notices a file that was changed while it was read, also where it was changed back later. */
export function createReadWitness(): ReadWitness {
  const ranges: Range[] = [];
  return {
    saw(start, bytes) {
      let range = ranges.at(-1);
      if (range?.end !== start) {
        range = { start, end: start, hash: createHash("sha256") };
        ranges.push(range);
      }
      range.hash.update(bytes);
      range.end += bytes.length;
    },
    async isUnchanged(path) {
      for (const { start, end, hash } of ranges) {
        if (end === start) continue;
        const seen = hash.copy().digest("hex");
        if ((await hashOf(path, { start, end: end - 1 })) !== seen) return false;
      }
      return true;
    },
  };
}

async function hashOf(path: string, range: { start: number; end: number }): Promise<string> {
  const hash = createHash("sha256");
  const stream: AsyncIterable<Buffer> = createReadStream(path, range);
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest("hex");
}
