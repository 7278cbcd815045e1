/**
 * Remembers what was made of the texts that were asked for last, up to so many characters of text:
 * the judges of a row, and those of the next round, are all shown the same texts.
 */
export function createTextMemo<Value>(
  make: (text: string) => Value,
  charactersAtMost: number,
): (text: string) => Value {
  const known = new Map<string, Value>();
  let characters = 0;
  return (text) => {
    const value = known.get(text);
    if (value !== undefined) return value;
    const made = make(text);
    known.set(text, made);
    characters += text.length;
    // The latest is kept, however long it is.
    for (const oldest of known.keys()) {
      if (characters <= charactersAtMost || known.size === 1) break;
      known.delete(oldest);
      characters -= oldest.length;
    }
    return made;
  };
}
