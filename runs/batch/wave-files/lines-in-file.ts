import { createReadStream } from "node:fs";

/** A line of a file, without its end, and its place in bytes; null where it is too long. */
export type FileLine = { readonly offset: number; readonly bytes: Buffer | null };

/** The longest line that is read, in bytes. */
const longestLine = 80 * 1024 * 1024;
const lineFeed = 0x0a;

/** Reads the lines of a file, also one whose last line has no end. Memory holds one line. */
export async function* linesInFile(path: string): AsyncGenerator<FileLine> {
  const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 256 * 1024 });
  let offset = 0;
  let length = 0;
  let pieces: Buffer[] = [];
  const add = (piece: Buffer) => {
    length += piece.length;
    if (length <= longestLine) pieces.push(piece);
    else pieces = [];
  };
  const take = (): FileLine => {
    const line = { offset, bytes: length > longestLine ? null : Buffer.concat(pieces) };
    pieces = [];
    length = 0;
    return line;
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      add(chunk.subarray(start, end));
      const taken = length + 1;
      yield take();
      offset += taken;
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) yield take();
}
