import type { OpenFile } from "./file-system.ts";

/**
 * Writes all of `bytes` at `position`, going on after short writes, which the system makes when a
 * disk fills up.
 *
 * @throws what the file system throws; some of the bytes may have been written then
 */
export async function writeFully(
  file: OpenFile,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) {
      const error = new Error(`EIO: the disk took nothing at byte ${position + done}`);
      throw Object.assign(error, { code: "EIO" });
    }
    done += bytesWritten;
  }
}

/**
 * Reads `length` bytes at `position`, going on after short reads.
 *
 * @param bytes Where to; at least as long.
 * @returns fewer bytes than asked for only where the file ends
 */
export async function readFully(
  file: OpenFile,
  position: number,
  length: number,
  bytes: Buffer = Buffer.allocUnsafe(length),
): Promise<Buffer> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
