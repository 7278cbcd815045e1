/** The words of a text, without case, punctuation and Unicode variants. Scripts without spaces give characters. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKC").toLowerCase();
  return (
    plain.match(
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}]+/gu,
    ) ?? []
  );
}

/** Hashes of a text's runs of `size` words; a shorter text is one run. */
export function shinglesOf(text: string, size: number): Set<number> {
  const words = wordsOf(text);
  const shingles = new Set<number>();
  for (let start = 0; start === 0 || start + size <= words.length; start += 1) {
    shingles.add(hash32(words.slice(start, start + size).join(" ")));
  }
  return shingles;
}

/** FNV-1a over UTF-16 code units, with MurmurHash3's finish so that all bits depend on all. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return mixed(hash);
}

/** MurmurHash3's 32-bit finalizer. */
export function mixed(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
