import { join } from "node:path";
import { openAtomicFile, type AtomicFile } from "../../storage/atomic-file.ts";
import type { WaveFile } from "./batch-state.ts";
import { inputName, waveStem } from "./wave-names.ts";

/** Writes the calls of a wave, one file a model, in parts where one grows too large. */
export type WaveWriter = {
  /** Adds a call's line, without its end. */
  readonly add: (model: string, line: string) => Promise<void>;
  readonly calls: number;
  /** Gives the files their names. */
  readonly commit: () => Promise<WaveFile[]>;
  /** Takes back what was written. */
  readonly discard: () => Promise<void>;
};

export type WaveWriterOptions = {
  readonly folder: string;
  readonly wave: number;
  /** The name of each model in files (`modelNames`). */
  readonly names: ReadonlyMap<string, string>;
  readonly limitsOf: (model: string) => { readonly requests: number; readonly bytes: number };
};

type Part = {
  readonly stem: string;
  readonly model: string;
  readonly file: AtomicFile;
  calls: number;
  bytes: number;
  pending: Buffer[];
  pendingBytes: number;
};

const flushedBytes = 1024 * 1024;

export function createWaveWriter({ folder, wave, names, limitsOf }: WaveWriterOptions): WaveWriter {
  const parts = new Map<string, Part[]>();
  let calls = 0;
  let turn: Promise<void> = Promise.resolve();

  async function begin(model: string): Promise<Part> {
    const own = parts.get(model) ?? [];
    const stem = waveStem(wave, names.get(model) ?? "", own.length + 1);
    const file = await openAtomicFile(join(folder, inputName(stem)));
    const part = { stem, model, file, calls: 0, bytes: 0, pending: [], pendingBytes: 0 };
    parts.set(model, [...own, part]);
    return part;
  }

  async function flush(part: Part): Promise<void> {
    const bytes = Buffer.concat(part.pending);
    part.pending = [];
    part.pendingBytes = 0;
    await part.file.append(bytes);
  }

  async function write(model: string, line: Buffer): Promise<void> {
    const limits = limitsOf(model);
    let part = parts.get(model)?.at(-1) ?? (await begin(model));
    const isFull = part.calls >= limits.requests || part.bytes + line.length > limits.bytes;
    if (isFull && part.calls > 0) {
      await flush(part);
      part = await begin(model);
    }
    part.calls += 1;
    part.bytes += line.length;
    part.pending.push(line);
    part.pendingBytes += line.length;
    if (part.pendingBytes >= flushedBytes) await flush(part);
  }

  const all = () => [...parts.values()].flat();

  return {
    add(model, line) {
      calls += 1;
      // One after another: a part may have to be begun.
      const written = turn.then(() => write(model, Buffer.from(`${line}\n`)));
      turn = written.catch(() => undefined);
      return written;
    },
    get calls() {
      return calls;
    },
    async commit() {
      for (const part of all()) {
        await flush(part);
        await part.file.commit();
      }
      return all().map(({ stem, model, calls: count }) => ({ stem, model, calls: count }));
    },
    async discard() {
      await turn;
      for (const { file } of all()) await file.discard();
    },
  };
}
