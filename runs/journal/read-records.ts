import { createReadStream } from "node:fs";
import { journalDamaged } from "./journal-damaged.ts";
import { decodeLine } from "./journal-line.ts";

const newline = 0x0a;

/**
 * Reads the records of a journal to which no process writes, one after the other as they are asked
 * for. An incomplete record at the end is left out.
 *
 * @throws FellowshipError `journal_damaged` at the first whole line that is not the record expected
 *   there; what the file system throws
 */
export async function* readRecords(path: string): AsyncGenerator<unknown, void, undefined> {
  let number = 0;
  let offset = 0;
  for await (const line of wholeLines(path)) {
    const read = decodeLine(line);
    if (!read.ok) throw journalDamaged(path, offset, read.reason);
    if (read.sequence !== number) {
      throw journalDamaged(path, offset, `expected record ${number}, got record ${read.sequence}`);
    }
    yield read.record;
    number += 1;
    offset += line.length + 1;
  }
}

/** The lines of a file that end in a newline, without it. */
async function* wholeLines(path: string): AsyncGenerator<Buffer, void, undefined> {
  let pieces: Buffer[] = [];
  const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1024 * 1024 });
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...pieces, chunk.subarray(from, at)]);
      pieces = [];
      from = at + 1;
    }
    pieces.push(chunk.subarray(from));
  }
}
