/**
 * Remembers what was made of the texts that were asked for last, up to so many characters of text:
 * the judges of a row, and those of the next round, are all shown the same texts.
 */
export function createTextMemo<Value>(
  make: (text: string) => Value,
  charactersAtMost: number,
): (text: string) => Value {
  const known = new Map<string, Value>();
  // One iterator for all: each new one would pass over all texts that were forgotten before.
  const oldest = known.keys();
  let characters = 0;
  return (text) => {
    const value = known.get(text);
    if (value !== undefined) return value;
    const made = make(text);
    known.set(text, made);
    characters += text.length;
    // The latest is kept, however long it is.
    while (characters > charactersAtMost && known.size > 1) {
      const forgotten = oldest.next().value ?? "";
      known.delete(forgotten);
      characters -= forgotten.length;
    }
    return made;
  };
}

/** The same for each form of verdict by itself, of which there are a handful. */
export function createFormMemo<Form extends object, Value>(
  make: (text: string, form: Form) => Value,
  charactersAtMost: number,
): (text: string, form: Form) => Value {
  const memos = new WeakMap<Form, (text: string) => Value>();
  return (text, form) => {
    const known = memos.get(form);
    if (known !== undefined) return known(text);
    const memo = createTextMemo((asked) => make(asked, form), charactersAtMost);
    memos.set(form, memo);
    return memo(text);
  };
}
