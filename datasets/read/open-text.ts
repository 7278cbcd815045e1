import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { unreadable } from "./input-format.ts";
import type { InputSource } from "./input-source.ts";
import type { ReadWitness } from "./read-witness.ts";

/** Enough bytes to tell UTF-8 from UTF-16, UTF-32, gzip and Parquet. */
const signatureBytes = 4;

/**
 * The UTF-8 bytes of a text file in chunks, unpacked where it is gzip, without its byte order mark.
 * UTF-16 with a byte order mark is converted.
 *
 * @throws FellowshipError `bad_input` for a file that can't be read, is no gzip though it should be
 *   (or is, and should not), is broken UTF-16, UTF-16 without a byte order mark, UTF-32 or Parquet
 */
export async function* openText(
  source: InputSource,
  witness?: ReadWitness,
): AsyncGenerator<Buffer, void, undefined> {
  const { name } = source;
  let begin = Buffer.alloc(0);
  let convert: Convert | undefined;
  try {
    for await (const chunk of openBytes(source, witness)) {
      if (convert !== undefined) {
        yield convert(chunk);
        continue;
      }
      begin = Buffer.concat([begin, chunk]);
      if (begin.length < signatureBytes) continue;
      convert = converterOf(begin);
      yield convert(checkedBegin(name, begin));
    }
    if (convert === undefined) yield checkedBegin(name, begin);
    else yield convert();
  } catch (cause) {
    throw readError(name, cause);
  }
}

/** Converts chunks to UTF-8; without one it ends. */
type Convert = (chunk?: Buffer) => Buffer;

function converterOf(begin: Buffer): Convert {
  const encoding = utf16Of(begin);
  if (encoding === undefined) return (chunk = Buffer.alloc(0)) => chunk;
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (chunk) => Buffer.from(decoder.decode(chunk, { stream: chunk !== undefined }));
}

/** UTF-16 by its byte order mark; UTF-32 has the same one with a NUL character behind it. */
function utf16Of(begin: Buffer): "utf-16le" | "utf-16be" | undefined {
  const hex = begin.toString("hex", 0, signatureBytes);
  if (hex.length < 8 || hex.endsWith("0000")) return undefined;
  if (hex.startsWith("fffe")) return "utf-16le";
  return hex.startsWith("feff") ? "utf-16be" : undefined;
}

function openBytes(
  { format, stream }: InputSource,
  witness: ReadWitness | undefined,
): AsyncIterable<Buffer> {
  const file = witnessed(stream(), witness);
  if (!format.gzip) return file;
  // The reader of the unpacked stream gets the error; the callback is there because pipeline
  // wants one.
  return pipeline(
    Readable.from(file, { objectMode: false }),
    createGunzip({ chunkSize: 256 * 1024 }),
    () => undefined,
  );
}

async function* witnessed(
  chunks: AsyncIterable<Buffer>,
  witness: ReadWitness | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  let start = 0;
  for await (const chunk of chunks) {
    witness?.saw(start, chunk);
    start += chunk.length;
    yield chunk;
  }
}

function readError(path: string, cause: unknown): FellowshipError {
  if (cause instanceof FellowshipError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return new FellowshipError(
      "bad_input",
      `${path}: expected UTF-16 as its byte order mark says, found bytes that are none. ` +
        "Save the file again as UTF-8.",
      { facts: { file: path }, cause },
    );
  }
  if (!code.startsWith("Z_")) return unreadable(path, cause);
  return new FellowshipError(
    "bad_input",
    `${path}: expected gzip, found data that is broken or none. Pack the file again, or ` +
      "drop the ending .gz.",
    { facts: { file: path, code }, cause },
  );
}

/** The first bytes without a byte order mark. */
function checkedBegin(path: string, begin: Buffer): Buffer {
  const found = foreignEncoding(begin);
  if (found !== undefined) {
    throw new FellowshipError("bad_input", `${path}: expected UTF-8 text, found ${found}`, {
      facts: { file: path },
    });
  }
  return begin.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? begin.subarray(3) : begin;
}

/** What the bytes are instead of UTF-8, and what to do about it. */
function foreignEncoding(begin: Buffer): string | undefined {
  if (utf16Of(begin) !== undefined) return undefined;
  const hex = begin.toString("hex", 0, signatureBytes);
  if (hex.startsWith("1f8b")) return "gzip. Add .gz to the file's name.";
  if (hex === "50415231") return "Parquet. Rename the file to end in .parquet.";
  // JSON and CSV hold no NUL; one among the first bytes is half of a wider character (RFC 4627,
  // section 3).
  const wide = /^(?:fffe|feff)/.test(hex) || begin.subarray(0, signatureBytes).includes(0);
  return wide
    ? "UTF-16 or UTF-32. Save the file again as UTF-8, or as UTF-16 with a byte order mark."
    : undefined;
}
