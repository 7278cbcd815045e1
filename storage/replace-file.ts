import { openAtomicFile, type AtomicFileOptions } from "./atomic-file.ts";

/**
 * Writes a whole small file in one step; see `openAtomicFile` for the promises.
 *
 * @throws FellowshipError `storage_failed`
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: AtomicFileOptions = {},
): Promise<void> {
  const file = await openAtomicFile(path, options);
  await file.append(typeof content === "string" ? Buffer.from(content) : content);
  await file.commit();
}
