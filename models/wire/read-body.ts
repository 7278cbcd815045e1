import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";

/** The longest body that is read, in bytes. */
export const maximumBodyBytes = 64 * 1024 * 1024;

/** The text of a body, and why it can't be an answer where it can't. */
export type BodyText = { readonly text: string; readonly flaw?: string };

/** Encodings on top of each other that are undone, at most. */
const mostEncodings = 4;

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const decompressors: Readonly<Record<string, Decompress | undefined>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * Makes the text of a body from its bytes. The wire asks for no compression, so a body that does
 * not bear out the `content-encoding` that its server names is taken as it came: it was paid for.
 */
export async function bodyText(
  bytes: Buffer,
  encoding: string | null | undefined,
): Promise<BodyText> {
  let plain = bytes;
  // Each hop may have added one; the last is outermost (RFC 9110, section 8.4).
  for (const name of (encoding ?? "").split(",").slice(-mostEncodings).toReversed()) {
    const decompress = decompressors[name.trim().toLowerCase()];
    try {
      plain = (await decompress?.(plain, { maxOutputLength: maximumBodyBytes })) ?? plain;
    } catch (error) {
      if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return oversized(bytes);
    }
  }
  return decoded(plain);
}

/** The beginning of a body that is too long, for people. */
export function oversized(bytes: Buffer): BodyText {
  const flaw = `an answer of more than ${maximumBodyBytes} bytes`;
  return { text: bytes.subarray(0, 1024).toString("latin1"), flaw };
}

function decoded(bytes: Buffer): BodyText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { text: new TextDecoder().decode(bytes), flaw: "the answer is not in UTF-8" };
  }
}
