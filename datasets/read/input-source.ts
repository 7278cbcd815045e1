import { createReadStream } from "node:fs";
import type { AsyncBuffer } from "hyparquet";
import { isRemoteAddress } from "../../state/files/remote-address.ts";
import { openRemoteInput, type RemoteInputFile } from "../remote/remote-input.ts";
import { expectFile, formatOf, type InputFormat } from "./input-format.ts";

/** One file that rows are read from, here or on a server. */
export type InputSource = {
  /** For messages. */
  readonly name: string;
  readonly format: InputFormat;
  /** Whether every byte that is read travels first. */
  readonly isRemote: boolean;
  /** All bytes in order. */
  readonly stream: () => AsyncIterable<Buffer>;
  /** Bytes by their places. */
  readonly buffer: () => Promise<AsyncBuffer>;
};

/**
 * The files of an input, in order: one for a path or a file on the web, those of a split for a data
 * set on the Hub.
 *
 * @throws FellowshipError `bad_input` where there is no such file, it is a directory, or its ending
 *   is unknown; as `openRemoteInput` does for an address
 */
export async function openSources(input: string): Promise<readonly InputSource[]> {
  if (!isRemoteAddress(input)) {
    await expectFile(input);
    return [
      {
        name: input,
        format: formatOf(input),
        isRemote: false,
        stream: () => createReadStream(input, { highWaterMark: 256 * 1024 }),
        buffer: async () => (await import("hyparquet")).asyncBufferFromFile(input),
      },
    ];
  }
  const { files } = await openRemoteInput(input);
  return Promise.all(files.map(remoteSource));
}

async function remoteSource({ name, file, fileName }: RemoteInputFile): Promise<InputSource> {
  return {
    name,
    format: formatOf(await fileName(), name),
    isRemote: true,
    stream: file.stream,
    buffer: async () => ({
      byteLength: await file.size(),
      slice: async (start, end) => arrayBuffer(await file.read(start, end ?? (await file.size()))),
    }),
  };
}

function arrayBuffer({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength);
}
