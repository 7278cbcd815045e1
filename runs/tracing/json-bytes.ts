/** Writes values as JSON, in UTF-8, one behind the other. */
export type JsonBytes = {
  /** Writes a value, and returns its place among the bytes. */
  readonly write: (value: unknown) => Range;
  /** Writes a small value of which nothing comes again; faster there. */
  readonly writeOnce: (value: unknown) => Range;
  /** All bytes so far. */
  readonly bytes: () => Buffer;
};

export type Range = { readonly start: number; readonly end: number };

/** A shorter text is written as fast as it is found again. */
const leastRepeated = 64;
/** Deeper values are left to `JSON.stringify`, and with them those that contain themselves. */
const deepest = 100;
/** Text that waits to be encoded; one call for much of it costs less. */
const mostPending = 4096;

/**
 * Opens a writer of JSON. What is written more than once, a long text or the same object, is copied
 * from where its bytes are: the states of a row's nodes are nearly the same, and writing each anew
 * takes most of what a trace costs. So values must not change until all is written.
 */
export function openJsonBytes(): JsonBytes {
  let buffer = Buffer.allocUnsafe(1 << 16);
  let at = 0;
  let pending = "";
  const written = new Map<unknown, Range>();

  function reserve(count: number): void {
    if (at + count <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, at + count));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  }

  function encode(): number {
    if (pending !== "") {
      reserve(3 * pending.length);
      at += buffer.write(pending, at);
      pending = "";
    }
    return at;
  }

  function add(text: string): void {
    pending += text;
    if (pending.length > mostPending) encode();
  }

  /** Whether the value was written before, and so again now. */
  function repeat(value: unknown): boolean {
    const range = written.get(value);
    if (range === undefined) return false;
    encode();
    const { start, end } = range;
    reserve(end - start);
    buffer.copyWithin(at, start, end);
    at += end - start;
    return true;
  }

  function remember(value: unknown, write: () => void): void {
    const start = encode();
    write();
    written.set(value, { start, end: encode() });
  }

  /** Adds what JSON has for a value; false for what it leaves out. */
  function addValue(value: unknown, depth: number): boolean {
    if (typeof value === "string" && value.length >= leastRepeated) {
      if (!repeat(value)) remember(value, () => add(JSON.stringify(value)));
      return true;
    }
    if (typeof value !== "object" || value === null || depth > deepest || !isPlain(value)) {
      const json = JSON.stringify(value) as string | undefined;
      if (json !== undefined) add(json);
      return json !== undefined;
    }
    if (repeat(value)) return true;
    remember(value, () => (Array.isArray(value) ? addList(value, depth) : addFields(value, depth)));
    return true;
  }

  function addList(items: readonly unknown[], depth: number): void {
    add("[");
    for (let index = 0; index < items.length; index += 1) {
      if (index > 0) add(",");
      if (!addValue(items[index], depth + 1)) add("null");
    }
    add("]");
  }

  function addFields(value: object, depth: number): void {
    let isFirst = true;
    add("{");
    for (const [key, field] of Object.entries(value)) {
      if (isLeftOut(field)) continue;
      add(`${isFirst ? "" : ","}${JSON.stringify(key)}:`);
      addValue(field, depth + 1);
      isFirst = false;
    }
    add("}");
  }

  /** A custom node may return values that JSON doesn't have. */
  function writeWith(way: () => void): Range {
    const start = encode();
    try {
      way();
    } catch (error) {
      pending = "";
      at = start;
      for (const [known, range] of written) if (range.end > start) written.delete(known);
      add(JSON.stringify({ unwritable: error instanceof Error ? error.name : "error" }));
    }
    return { start, end: encode() };
  }

  return {
    write: (value) =>
      writeWith(() => {
        if (!addValue(value, 0)) add("null");
      }),
    writeOnce: (value) => writeWith(() => add(JSON.stringify(value))),
    bytes: () => Buffer.from(buffer.subarray(0, encode())),
  };
}

/** Whether JSON has an object's fields or items, and nothing else, for it. */
function isPlain(value: object): boolean {
  if ("toJSON" in value) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether a field has no place in JSON. */
function isLeftOut(field: unknown): boolean {
  if (typeof field !== "object" || field === null) {
    return field === undefined || typeof field === "function" || typeof field === "symbol";
  }
  return "toJSON" in field && JSON.stringify(field) === undefined;
}
