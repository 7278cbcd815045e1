import { crc32 } from "node:zlib";

/** Bytes of a line at most, its newline included: what a reader must be ready to hold at once. */
export const maxLineBytes = 256 * 1024 * 1024;

const newline = 0x0a;
const checksumDigits = 8;
// Checksum, space, sequence number (16 digits at most), space, length (9 digits at most), space.
const maxHeaderBytes = 40;
const header = /^([0-9a-f]{8}) (0|[1-9]\d{0,15}) ([1-9]\d{0,8}) /;

/** A record of a journal, or the reason why these bytes are none. */
export type DecodedLine =
  | { ok: true; sequence: number; checksum: string; record: unknown }
  | { ok: false; reason: string };

/**
 * A record as one line: `<checksum> <sequence> <length> <JSON>\n`.
 *
 * The checksum is the CRC-32 (zlib's) of all that follows it up to the newline, as eight
 * hexadecimal digits; it finds every single and double flipped bit and every burst of up to 32 bits
 * in a line of this size. The sequence number counts records from 0 and shows a record that was
 * removed, doubled or moved. The length is that of the JSON in bytes; by it a record that was cut
 * short is told from one whose newline was damaged.
 *
 * JSON escapes control characters and lone surrogates, so a line holds neither a newline nor a NUL
 * inside, and every string comes back as it was.
 *
 * @throws TypeError for a value that JSON has no text for (undefined, a function, a BigInt),
 *   RangeError for one that is nested too deeply or larger than `maxLineBytes`
 */
export function encodeLine(record: unknown, sequence: number): Buffer {
  // For undefined, functions and symbols stringify gives undefined, which its type hides.
  const json = JSON.stringify(record) as string | undefined;
  if (json === undefined) {
    throw new TypeError(`expected a record that JSON can hold, got ${typeof record}`);
  }
  const jsonBytes = Buffer.byteLength(json);
  const prefix = `${sequence} ${jsonBytes} `;
  const lineBytes = checksumDigits + 1 + prefix.length + jsonBytes + 1;
  if (lineBytes > maxLineBytes) {
    throw new RangeError(`expected a record of at most ${maxLineBytes} bytes, got ${lineBytes}`);
  }
  const line = Buffer.allocUnsafe(lineBytes);
  line.write(prefix, checksumDigits + 1, "latin1");
  line.write(json, checksumDigits + 1 + prefix.length);
  line[lineBytes - 1] = newline;
  line.write(`${checksumOf(line.subarray(checksumDigits + 1, -1))} `, "latin1");
  return line;
}

/** Reads a line back, given without its newline. */
export function decodeLine(line: Buffer): DecodedLine {
  const match = header.exec(line.toString("latin1", 0, maxHeaderBytes));
  const [start, checksum, sequence, length] = match ?? [];
  if (start === undefined || checksum === undefined) {
    return { ok: false, reason: "it does not begin like a record" };
  }
  if (line.length - start.length !== Number(length)) {
    return {
      ok: false,
      reason: `expected ${length} bytes of JSON, got ${line.length - start.length}`,
    };
  }
  const found = checksumOf(line.subarray(checksumDigits + 1));
  if (found !== checksum) {
    return { ok: false, reason: `expected the checksum ${checksum}, got ${found}` };
  }
  try {
    const record: unknown = JSON.parse(line.toString("utf8", start.length));
    return { ok: true, sequence: Number(sequence), checksum, record };
  } catch (error) {
    return { ok: false, reason: `its JSON can't be read: ${String(error)}` };
  }
}

/**
 * True where `rest`, the bytes after a journal's last newline, can be the beginning of record
 * number `sequence`: the remains of a write that was stopped in the middle.
 *
 * A file system that lost its power may have made the file longer without having filled it, so NULs
 * at the end (which no line ever holds) must be taken off before. Bytes beyond the announced length
 * mean that the record was whole and its newline was damaged: that is no tear.
 */
export function isTornLine(rest: Buffer, sequence: number): boolean {
  const text = rest.toString("latin1", 0, maxHeaderBytes);
  const match = header.exec(text);
  if (match !== null) {
    return Number(match[2]) === sequence && rest.length - match[0].length <= Number(match[3]);
  }
  if (rest.length >= maxHeaderBytes) return false;
  const [checksum = "", number, length, ...others] = text.split(" ");
  if (others.length > 0 || !/^[0-9a-f]{0,8}$/.test(checksum)) return false;
  if (number === undefined) return true;
  if (checksum.length < checksumDigits) return false;
  if (length === undefined) return String(sequence).startsWith(number);
  return number === String(sequence) && /^([1-9]\d{0,8})?$/.test(length);
}

function checksumOf(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(checksumDigits, "0");
}
