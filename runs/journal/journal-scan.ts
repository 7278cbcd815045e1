import type { OpenFile } from "../../storage/file-system.ts";
import { journalDamaged } from "./journal-damaged.ts";
import { decodeLine, maxLineBytes, type DecodedLine } from "./journal-line.ts";
import { readFully } from "../../storage/whole-transfer.ts";

/** Offset and length of a record in a journal's file: bytes, with its newline. */
export type RecordOffset = { readonly offset: number; readonly length: number };

/** How far a file could be read line by line. */
export type LinesRead = {
  /** Where the last whole line ends, in bytes. What follows has no newline. */
  end: number;
  /** Bytes of the file. */
  size: number;
};

const chunkBytes = 1024 * 1024;
const newline = 0x0a;

/**
 * Reads a file from its start and hands over each line that ends in a newline, decoded. Holds one
 * chunk and one line in memory, whatever the size of the file.
 *
 * @throws what the file system or `visit` throws
 */
export async function scanLines(
  file: OpenFile,
  visit: (line: DecodedLine, place: RecordOffset) => void,
): Promise<LinesRead> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const start = createLineStart();
  let lineOffset = 0;
  let position = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, position);
    if (bytesRead === 0) return { end: lineOffset, size: position };
    const bytes = chunk.subarray(0, bytesRead);
    let from = 0;
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, from)) {
      const length = position + at + 1 - lineOffset;
      visit(start.finish(bytes.subarray(from, at)), { offset: lineOffset, length });
      lineOffset += length;
      from = at + 1;
    }
    start.keep(bytes.subarray(from));
    position += bytesRead;
  }
}

/**
 * Reads a journal from its start and hands over each record.
 *
 * @throws FellowshipError `journal_damaged` at the first whole line that is not the record expected
 *   there
 */
export async function scanRecords(
  file: OpenFile,
  path: string,
  onRecord: ((record: unknown, place: RecordOffset) => void) | undefined,
): Promise<LinesRead & { records: number }> {
  let records = 0;
  const read = await scanLines(file, (line, place) => {
    if (!line.ok) throw journalDamaged(path, place.offset, line.reason);
    if (line.sequence !== records) {
      const reason = `expected record ${records}, got record ${line.sequence}`;
      throw journalDamaged(path, place.offset, reason);
    }
    records += 1;
    onRecord?.(line.record, place);
  });
  return { ...read, records };
}

/**
 * Reads the record at an offset.
 *
 * @throws FellowshipError `journal_damaged` where there is no record, and what the file system
 *   throws
 */
export async function readRecord(
  file: OpenFile,
  path: string,
  place: RecordOffset,
): Promise<unknown> {
  const bytes = await readFully(file, place.offset, place.length);
  const whole = bytes.length === place.length && bytes.at(-1) === newline;
  if (!whole) throw journalDamaged(path, place.offset, "expected a record up to its newline");
  const line = decodeLine(bytes.subarray(0, -1));
  if (!line.ok) throw journalDamaged(path, place.offset, line.reason);
  return line.record;
}

/** Read at once where records follow each other. */
const windowBytes = 256 * 1024;

/**
 * A reader of records that mostly stand near each other, as those of rows in their order do: it
 * reads on past a record, so that the disk is not asked for each. What it throws is what
 * `readRecord` throws.
 */
export function createRecordReader(
  file: OpenFile,
  path: string,
): (place: RecordOffset) => Promise<unknown> {
  let buffer: Buffer | undefined;
  let window: { readonly offset: number; readonly bytes: Buffer } = {
    offset: 0,
    bytes: Buffer.alloc(0),
  };
  let lastOffset = Number.NaN;

  function inWindow({ offset, length }: RecordOffset): Buffer | null {
    const start = offset - window.offset;
    const isInside = start >= 0 && start + length <= window.bytes.length;
    return isInside ? window.bytes.subarray(start, start + length) : null;
  }

  return async (place) => {
    const { offset, length } = place;
    const isNear = Math.abs(offset - lastOffset) < windowBytes && length <= windowBytes;
    lastOffset = offset;
    if (isNear && inWindow(place) === null) {
      buffer ??= Buffer.allocUnsafeSlow(windowBytes);
      window = { offset, bytes: await readFully(file, offset, windowBytes, buffer) };
    }
    const bytes = inWindow(place);
    const line = bytes?.at(-1) === newline ? decodeLine(bytes.subarray(0, -1)) : null;
    // A record that was added since the window was read is read by itself.
    return line?.ok === true ? line.record : readRecord(file, path, place);
  };
}

/**
 * The beginning of a line that goes on in the next chunk. What is longer than any line may be is
 * counted, not kept.
 */
function createLineStart() {
  let pieces: Buffer[] = [];
  let length = 0;

  /** Keeps a copy, for the chunk's memory is used again. */
  function keep(piece: Buffer): void {
    length += piece.length;
    if (length > maxLineBytes) pieces = [];
    else if (piece.length > 0) pieces.push(Buffer.from(piece));
  }

  function finish(piece: Buffer): DecodedLine {
    const tooLong = length + piece.length >= maxLineBytes;
    const line = pieces.length === 0 ? piece : Buffer.concat([...pieces, piece]);
    pieces = [];
    length = 0;
    if (tooLong) return { ok: false, reason: `expected a line of at most ${maxLineBytes} bytes` };
    return decodeLine(line);
  }

  return { keep, finish };
}
