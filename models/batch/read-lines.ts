import { maximumBodyBytes } from "../wire/read-body.ts";

/** A line of a file of results. */
export type ResultLine = {
  readonly text: string;
  /** Why the line can't hold an answer; of one that is too long, `text` is the beginning. */
  readonly flaw?: string;
  /** Set for a last line that no line break ends. */
  readonly isUnended?: true;
};

const newline = 0x0a;
/** What is kept of a line that is too long: enough for the name of its request. */
const keptBytes = 4096;

/**
 * Splits a file into its lines as it arrives; empty lines are left out. A line of more than
 * `longestBytes` is not held: its beginning comes with the reason.
 */
export async function* readLines(
  pieces: AsyncIterable<Uint8Array>,
  longestBytes = maximumBodyBytes,
): AsyncGenerator<ResultLine> {
  let parts: Uint8Array[] = [];
  let bytes = 0;

  function add(part: Uint8Array): void {
    bytes += part.byteLength;
    if (bytes <= longestBytes) parts.push(part);
    else parts = [Buffer.concat(parts).subarray(0, keptBytes), part.subarray(0, keptBytes)];
  }

  function end(): ResultLine {
    const line = Buffer.concat(parts);
    const isTooLong = bytes > longestBytes;
    parts = [];
    bytes = 0;
    if (!isTooLong) return decoded(line);
    const flaw = `an answer of more than ${longestBytes} bytes`;
    return { text: line.subarray(0, keptBytes).toString("latin1"), flaw };
  }

  for await (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, from)) {
      add(piece.subarray(from, at));
      if (bytes > 0) yield end();
      from = at + 1;
    }
    if (from < piece.byteLength) add(piece.subarray(from));
  }
  if (bytes > 0) yield { ...end(), isUnended: true };
}

function decoded(line: Buffer): ResultLine {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(line) };
  } catch {
    return { text: new TextDecoder().decode(line), flaw: "the answer is not in UTF-8" };
  }
}
