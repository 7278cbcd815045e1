import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** What a run left, read with code of our own: nothing here is imported from what is checked. */
export type RunEvidence = {
  /** The JSON of every line of the input that is not blank, in order. */
  readonly inputs: readonly string[];
  readonly rows: readonly WrittenRow[];
  readonly failures: readonly WrittenRow[];
  readonly manifest: Manifest | null;
  readonly summary: { readonly tokens: { readonly in: number; readonly out: number } } | null;
  readonly calls: readonly CallLine[];
  /** What is wrong with the form of `journal.calls`, in sentences. */
  readonly malformed: readonly string[];
  /** SHA-256 and size of every file, by name. */
  readonly files: ReadonlyMap<string, { readonly sha256: string; readonly bytes: number }>;
};

/** A line of `rows.jsonl` or `failed.jsonl`, as far as it is looked at. */
export type WrittenRow = { readonly row: number; readonly id: string; readonly input?: unknown };

export type Manifest = {
  readonly rows: number;
  readonly done: number;
  readonly failed: number;
  readonly pending: number;
  readonly spent: { readonly usd: number; readonly unknownUsd: number };
  readonly files: readonly {
    readonly name: string;
    readonly sha256: string;
    readonly bytes: number;
  }[];
};

/** A record of `journal.calls`, as far as it is looked at. */
export type CallLine = {
  readonly kind: "intent" | "answer" | "gave-up";
  readonly row: number;
  readonly agent: string;
  readonly part: string;
  readonly turn: number;
  readonly hash: string;
  readonly bound?: Tokens;
  readonly cost?: "none" | "unknown";
  readonly shared?: true;
  readonly answer?: { readonly body: string };
};

export type Tokens = { readonly in: number; readonly out: number };

/** Reads the input, and whatever of a run is in its directory. */
export function readEvidence(input: string, directory: string): RunEvidence {
  const { calls, malformed } = readCalls(join(directory, "journal.calls"));
  return {
    inputs: linesIn(readFileSync(input, "utf8")),
    rows: jsonLines(join(directory, "rows.jsonl")),
    failures: jsonLines(join(directory, "failed.jsonl")),
    manifest: jsonFile(join(directory, "run.json")) as RunEvidence["manifest"],
    summary: jsonFile(join(directory, "summary.json")) as RunEvidence["summary"],
    calls,
    malformed,
    files: new Map(filesIn(directory).map((name) => [name, describe(join(directory, name))])),
  };
}

/** The names of all files of a directory at any depth, sorted. */
export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/** What identifies a call: where it was asked from, and what. */
export function callKey({ row, agent, part, turn, hash }: CallLine): string {
  return JSON.stringify([row, agent, part, turn, hash]);
}

/** What an answer says it cost, in OpenAI's words or Gemini's; null where it does not. */
export function usageIn(body: string): Tokens | null {
  try {
    const { usage, usageMetadata } = JSON.parse(body) as Counted;
    if (usage != null) return { in: usage.prompt_tokens, out: usage.completion_tokens };
    if (usageMetadata == null) return null;
    return { in: usageMetadata.promptTokenCount, out: usageMetadata.candidatesTokenCount };
  } catch {
    return null;
  }
}

type Counted = {
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
  readonly usageMetadata?: {
    readonly promptTokenCount: number;
    readonly candidatesTokenCount: number;
  } | null;
};

/**
 * Reads `CRC NUMBER LENGTH JSON` lines; a killed process may leave a tail without a newline.
 */
function readCalls(path: string): Pick<RunEvidence, "calls" | "malformed"> {
  const calls: CallLine[] = [];
  const malformed: string[] = [];
  const lines = readBytes(path).toString("utf8").split("\n").slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const [, checksum = "", rest = "", sequence, length, json = ""] =
      /^([0-9a-f]{8}) ((\d+) (\d+) (.*))$/s.exec(line) ?? [];
    const found = crc32(Buffer.from(rest)).toString(16).padStart(8, "0");
    if (found !== checksum || Buffer.byteLength(json) !== Number(length)) {
      malformed.push(`record ${index} is not what was written`);
      continue;
    }
    if (Number(sequence) !== index) malformed.push(`record ${index} has the number ${sequence}`);
    calls.push(JSON.parse(json) as CallLine);
  }
  return { calls, malformed };
}

function jsonLines(path: string): WrittenRow[] {
  return linesIn(readBytes(path).toString("utf8")).map((line) => JSON.parse(line) as WrittenRow);
}

function linesIn(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

function jsonFile(path: string): unknown {
  const text = readBytes(path).toString("utf8");
  return text === "" ? null : JSON.parse(text);
}

function describe(path: string): { sha256: string; bytes: number } {
  const bytes = readBytes(path);
  return { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
}

/** Nothing where there is no such file. */
function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
