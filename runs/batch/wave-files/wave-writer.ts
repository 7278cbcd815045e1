import { join } from "node:path";
import { heldUsd } from "../../../models/cost/budget.ts";
import { openAtomicFile, type AtomicFile } from "../../../storage/atomic-file.ts";
import type { WaveFile } from "./batch-state.ts";
import { inputName, waveStem } from "./wave-names.ts";

/** Writes the calls of a wave, one file a model, in parts where one grows too large. */
export type WaveWriter = {
  readonly add: (model: string, call: WrittenCall) => Promise<void>;
  readonly calls: number;
  /** Gives the files their names. */
  readonly commit: () => Promise<WaveFile[]>;
  /** Takes back what was written. */
  readonly discard: () => Promise<void>;
};

export type WrittenCall = {
  /** Without its end. */
  readonly line: string;
  /** What it takes up of the limit; those of the line where not given. */
  readonly bytes?: number | undefined;
  /** The most that it can cost, in units of a budget. */
  readonly worst: number;
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
  worst: number;
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
    const part = { stem, model, file, calls: 0, bytes: 0, worst: 0, pending: [], pendingBytes: 0 };
    parts.set(model, [...own, part]);
    return part;
  }

  async function flush(part: Part): Promise<void> {
    const bytes = Buffer.concat(part.pending);
    part.pending = [];
    part.pendingBytes = 0;
    await part.file.append(bytes);
  }

  async function write(model: string, call: WrittenCall): Promise<void> {
    const line = Buffer.from(`${call.line}\n`);
    const { bytes = line.length, worst } = call;
    const limits = limitsOf(model);
    let part = parts.get(model)?.at(-1) ?? (await begin(model));
    const isFull = part.calls >= limits.requests || part.bytes + bytes > limits.bytes;
    if (isFull && part.calls > 0) {
      await flush(part);
      part = await begin(model);
    }
    part.calls += 1;
    part.bytes += bytes;
    part.worst += worst;
    part.pending.push(line);
    part.pendingBytes += line.length;
    if (part.pendingBytes >= flushedBytes) await flush(part);
  }

  const all = () => [...parts.values()].flat();

  return {
    add(model, call) {
      calls += 1;
      // One after another: a part may have to be begun.
      const written = turn.then(() => write(model, call));
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
      return all().map(({ stem, model, calls: count, worst }) => ({
        stem,
        model,
        calls: count,
        worstUsd: heldUsd(worst),
      }));
    },
    async discard() {
      await turn;
      for (const { file } of all()) await file.discard();
    },
  };
}
