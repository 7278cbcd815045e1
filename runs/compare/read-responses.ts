import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { promptKey } from "../../datasets/rows/pair-row.ts";
import { toPromptRow, type PromptRow } from "../../datasets/rows/prompt-row.ts";
import { readRecords, type InputRecord } from "../../datasets/read/read-records.ts";
import { isFields } from "../../datasets/read/row-value.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { findFile } from "../../state/files/find-file.ts";
import { addCalls, emptyTally } from "../accounting/tally.ts";
import { readInput, type InputReading } from "../input/read-input.ts";

/** A run's response to a prompt, or why it has none. */
export type RunResponse = {
  /** "loop/rows.jsonl, line 3" */
  readonly place: string;
  readonly prompt: PromptRow;
  /** The same for the same prompt. */
  readonly key: string;
  readonly text: string | null;
  /** Tokens in and out of all the row's calls; null where they are unknown. */
  readonly tokens: number | null;
  /** Dollars of all the row's calls; null where they are unknown. */
  readonly usd: number | null;
};

/** The responses of one run, or of a file of responses. */
export type RunResponses = {
  /** The name of the directory or file, told apart from the others by a number. */
  readonly name: string;
  readonly path: string;
  /** Wall-clock seconds of the run; null for a file. */
  readonly seconds: number | null;
  readonly responses: readonly RunResponse[];
};

export type ReadOptions = {
  /** The round whose response counts; the best one where not given. */
  readonly round?: number | undefined;
  /** The prices of a run's calls, by its topology. */
  readonly pricesOf: (topology: unknown) => PriceOf;
  /** The columns in which files of responses hold the fields. */
  readonly map?: InputReading["map"];
};

/** Our own rows may be longer than any that are taken from others. */
const ownRows = { maxRowBytes: Number.MAX_SAFE_INTEGER };

/**
 * Reads the responses of runs of `generate`, and of files of responses: rows of a prompt with
 * `text`, or AlpacaEval's `instruction` and `output`.
 *
 * @throws FellowshipError `bad_usage` for a directory without such a run, `bad_input` for a file
 *   that can't be read or has a row that is no response, naming its line
 */
export async function readAllResponses(
  paths: readonly string[],
  options: ReadOptions,
): Promise<RunResponses[]> {
  const names = namesOf(paths);
  const read: RunResponses[] = [];
  for (const [index, path] of paths.entries()) {
    const isDirectory = (await stat(path).catch(() => null))?.isDirectory() === true;
    const own = isDirectory
      ? await readRun(path, options)
      : await readResponseFile(findFile(path), options);
    read.push({ ...own, name: names[index] ?? path });
  }
  return read;
}

/** The last part of each path, with a number from the second of a name on. */
function namesOf(paths: readonly string[]): string[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const base = basename(path).replace(/\.(?:jsonl?|csv|parquet)(?:\.gz)?$/, "") || "run";
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
    taken.add(name);
    return name;
  });
}

async function readRun(path: string, options: ReadOptions): Promise<Omit<RunResponses, "name">> {
  const manifest = await readManifest(path);
  const priceOf = options.pricesOf(manifest.topology);
  const responses: RunResponse[] = [];
  for await (const record of readRecords(join(path, "rows.jsonl"), ownRows)) {
    responses.push(responseOfRow(record, path, { round: options.round, priceOf }));
  }
  return { path, seconds: manifest.seconds, responses };
}

async function readManifest(
  path: string,
): Promise<{ readonly seconds: number | null; readonly topology: unknown }> {
  const file = join(path, "run.json");
  let manifest: unknown;
  try {
    manifest = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const remedy = "Give a directory that generate has finished, or a file of responses.";
    throw new FellowshipError("bad_usage", `${path}: ${file} can't be read. ${remedy}`, {
      facts: { path },
      cause,
    });
  }
  const { command, seconds, topology } = isFields(manifest) ? manifest : {};
  if (command === "generate") {
    return { seconds: typeof seconds === "number" ? seconds : null, topology };
  }
  throw new FellowshipError(
    "bad_usage",
    `${path}: expected a run of generate, got one of ${JSON.stringify(command ?? null)}.`,
    { facts: { path } },
  );
}

/** A line of a generation's `rows.jsonl`, as far as a comparison reads it. */
type GenerationLine = {
  readonly row: number;
  readonly id: string;
  readonly input: unknown;
  readonly best: number;
  readonly bestReviewer?: string;
  readonly responses: readonly { round: number; text: string; reviewer?: string }[];
  readonly transcript: readonly CallRecord[];
};

function responseOfRow(
  record: InputRecord,
  path: string,
  { round, priceOf }: { readonly round: number | undefined; readonly priceOf: PriceOf },
): RunResponse {
  const place = `${join(path, "rows.jsonl")}, ${record.place}`;
  if (!("value" in record)) throw badResponse(place, record.problem);
  const { row, input, responses, best, bestReviewer, transcript } = record.value as GenerationLine;
  const prompt = toPromptRow({ number: row, place: record.place, value: input });
  if (!prompt.ok) throw badResponse(place, prompt.detail);
  const chosen =
    round === undefined
      ? responses.find((one) => one.round === best && one.reviewer === bestReviewer)
      : responses.find((one) => one.round === round);
  const tally = emptyTally();
  addCalls(tally, transcript, priceOf);
  return {
    place,
    prompt: prompt.row,
    key: promptKey(prompt.row),
    text: chosen?.text ?? null,
    tokens: tally.tokens.unknown > 0 ? null : tally.tokens.in + tally.tokens.out,
    usd: tally.cost.unknown > 0 ? null : tally.cost.usd,
  };
}

async function readResponseFile(
  path: string,
  { round, map = [] }: ReadOptions,
): Promise<Omit<RunResponses, "name">> {
  if (round !== undefined) {
    throw new FellowshipError("bad_usage", `--round: ${path} is a file of responses, not a run.`, {
      facts: { path },
    });
  }
  const responses: RunResponse[] = [];
  for await (const record of readInput({ input: path, reading: { map } })) {
    responses.push(responseOfRecord(record, path));
  }
  if (responses.length > 0) return { path, seconds: null, responses };
  throw new FellowshipError("bad_input", `${path}: expected responses, found no row.`, {
    facts: { path },
  });
}

function responseOfRecord(record: InputRecord, path: string): RunResponse {
  const place = `${path}, ${record.place}`;
  if (!("value" in record)) throw badResponse(place, record.problem);
  const { value } = record;
  if (!isFields(value)) throw badResponse(place, "expected an object");
  const { instruction, output, text, response, ...rest } = value;
  const asked = rest["prompt"] ?? rest["messages"] ?? undefined;
  const fields = asked === undefined ? { ...rest, prompt: instruction } : rest;
  const prompt = toPromptRow({ number: record.number, place: record.place, value: fields });
  if (!prompt.ok) throw badResponse(place, prompt.detail);
  const answer = text ?? output ?? response;
  if (typeof answer !== "string") {
    throw badResponse(place, "text: expected the response's text (text, or AlpacaEval's output)");
  }
  const key = promptKey(prompt.row);
  return { place, prompt: prompt.row, key, text: answer, tokens: null, usd: null };
}

function badResponse(place: string, problem: string): FellowshipError {
  return new FellowshipError("bad_input", `${place}: ${problem}`, { facts: { place } });
}
