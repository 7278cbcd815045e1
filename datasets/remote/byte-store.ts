import { randomUUID } from "node:crypto";
import { closeSync, openSync, read, unlinkSync, write } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FellowshipError } from "../../state/fellowship-error.ts";

const readAt = promisify(read);
const writeAt = promisify(write);

/** Bytes of a file that were downloaded; `end` is exclusive. */
export type ByteRange = { readonly start: number; readonly end: number };

/** The downloaded ranges of one file. */
export type ByteStore = {
  /** @throws FellowshipError `storage_failed` where the temporary folder is full */
  readonly put: (start: number, bytes: Uint8Array) => Promise<void>;
  /** Which bytes of a range are not here, in order. */
  readonly missing: (range: ByteRange) => ByteRange[];
  /** Bytes that are here. */
  readonly get: (range: ByteRange) => Promise<Buffer>;
  /** Throws all bytes away. */
  readonly clear: () => void;
};

/**
 * Keeps what was downloaded in a nameless file of the temporary folder, which the system removes
 * when the process ends, however it ends. So an input is downloaded once, however often it is read,
 * and memory doesn't grow with it.
 */
export function createByteStore(): ByteStore {
  let ranges: ByteRange[] = [];
  let descriptor: number | undefined;
  return {
    async put(start, bytes) {
      descriptor ??= openNameless();
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await writeAt(
          descriptor,
          bytes,
          done,
          bytes.length - done,
          start + done,
        ).catch((cause: unknown) => {
          throw storeFailed(cause);
        });
        done += bytesWritten;
      }
      ranges = withRange(ranges, { start, end: start + bytes.length });
    },
    missing: (range) => gaps(ranges, range),
    async get({ start, end }) {
      const bytes = Buffer.alloc(Math.max(0, end - start));
      if (descriptor === undefined) return bytes.subarray(0, 0);
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await readAt(
          descriptor,
          bytes,
          done,
          bytes.length - done,
          start + done,
        );
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    },
    clear() {
      ranges = [];
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function openNameless(): number {
  const path = join(tmpdir(), `fellowship-input-${randomUUID()}`);
  try {
    const descriptor = openSync(path, "wx+", 0o600);
    removeNow(path);
    return descriptor;
  } catch (cause) {
    throw storeFailed(cause);
  }
}

/** Windows doesn't remove an open file; there it goes when the process ends. */
function removeNow(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    process.once("exit", () => {
      try {
        unlinkSync(path);
      } catch {
        // The system clears its temporary folder itself.
      }
    });
  }
}

function storeFailed(cause: unknown): FellowshipError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FellowshipError(
    "storage_failed",
    `Can't keep the downloaded input in ${tmpdir()} (${reason}). Free space there, or name ` +
      "another folder in TMPDIR.",
    { cause },
  );
}

/** The ranges with one more, in order, none touching another. */
function withRange(ranges: readonly ByteRange[], added: ByteRange): ByteRange[] {
  if (added.end <= added.start) return [...ranges];
  const apart = ranges.filter(({ start, end }) => end < added.start || start > added.end);
  const touching = ranges.filter((range) => !apart.includes(range));
  const start = Math.min(added.start, ...touching.map((range) => range.start));
  const end = Math.max(added.end, ...touching.map((range) => range.end));
  return [...apart, { start, end }].sort((one, other) => one.start - other.start);
}

function gaps(ranges: readonly ByteRange[], { start, end }: ByteRange): ByteRange[] {
  const found: ByteRange[] = [];
  let at = start;
  for (const range of ranges) {
    if (range.end <= at) continue;
    if (range.start >= end) break;
    if (range.start > at) found.push({ start: at, end: range.start });
    at = range.end;
  }
  if (at < end) found.push({ start: at, end });
  return found;
}
