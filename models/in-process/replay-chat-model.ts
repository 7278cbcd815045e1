import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import * as z from "zod";
import type { TokenUsage } from "../../state/calls/call-record.ts";
import { findFile } from "../../state/files/find-file.ts";
import { expectRegularFile } from "../../state/files/regular-file.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { endsRun, Outcome } from "../../state/calls/outcome.ts";
import type { CallAddress } from "../call.ts";
import { callIn, inProcessResult, type InProcessCallOptions } from "./in-process.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";

/**
 * A line of a cassette (contract section 6). `occurrence` tells rows of one id apart, and a line
 * without it answers all of them; `outcome` marks a call that brought no good answer.
 */
export const CassetteLine = z.object({
  row: z.union([z.string(), z.number().transform(String)]),
  occurrence: z.number().int().positive().optional(),
  agent: z.string().nullish(),
  part: z.string().nullish(),
  turn: z.number().int().nonnegative(),
  content: z.string(),
  finish: z.string().nullish(),
  usage: z
    .object({
      in: z.number().int().nonnegative().optional(),
      out: z.number().int().nonnegative().optional(),
      prompt_tokens: z.number().int().nonnegative().optional(),
      completion_tokens: z.number().int().nonnegative().optional(),
    })
    .nullish(),
  outcome: Outcome.refine((outcome) => !endsRun(outcome)).optional(),
  detail: z.string().optional(),
});
export type CassetteLine = z.infer<typeof CassetteLine>;

/** The recorded answers by address. */
type Cassette = ReadonlyMap<string, RawAnswer>;

/** Loaded cassettes by file and state of the file; many agents may share one. */
const cassettes = new Map<string, Promise<Cassette>>();

/**
 * A chat model that answers from a cassette: the recorded answer of the call's address, in this
 * process, and nothing else. A call that was not recorded comes back as `not_recorded`.
 *
 * @throws FellowshipError `bad_usage` for a cassette that can't be read, with file and line.
 */
export async function createReplayChatModel(name: string): Promise<BaseChatModel> {
  const path = findFile(name);
  const version = await stat(path).then(
    ({ mtimeMs, size }) => JSON.stringify([resolve(path), mtimeMs, size]),
    (cause: unknown) => Promise.reject(unreadable(path, cause)),
  );
  const loading = cassettes.get(version) ?? loadCassette(path);
  cassettes.set(version, loading);
  return new ReplayChatModel(name, await loading);
}

class ReplayChatModel extends BaseChatModel<InProcessCallOptions> {
  readonly #path: string;
  readonly #answers: Cassette;

  constructor(path: string, answers: Cassette) {
    super({ maxRetries: 0 });
    this.#path = path;
    this.#answers = answers;
  }

  override _llmType(): string {
    return "replay";
  }

  override async _generate(
    _messages: BaseMessage[],
    options: this["ParsedCallOptions"],
  ): Promise<ChatResult> {
    const { address } = callIn(options);
    const answer = findAnswer(this.#answers, address);
    return inProcessResult(answer ?? notRecorded(address, this.#path));
  }
}

function notRecorded({ row, agent, part, turn }: CallAddress, path: string): RawAnswer {
  const which = part === "" ? agent : `${agent}, part ${part}`;
  const detail = `${path} holds no answer of ${which}, turn ${turn}, for row "${row.id}"`;
  const failure = { outcome: "not_recorded" as const, detail };
  return { kind: "in-process", content: "", finish: null, tokens: null, failure };
}

/**
 * A line that names its agent goes before one that doesn't, and one of this very row before one of
 * all rows of its id.
 */
function findAnswer(
  answers: Cassette,
  { row, agent, part, turn }: CallAddress,
): RawAnswer | undefined {
  for (const occurrence of [row.occurrence ?? 1, null]) {
    for (const name of [agent, ""]) {
      const answer = answers.get(keyOf(row.id, occurrence, name, part, turn));
      if (answer !== undefined) return answer;
    }
  }
  return undefined;
}

function keyOf(
  row: string,
  occurrence: number | null,
  agent: string,
  part: string,
  turn: number,
): string {
  return JSON.stringify([row, occurrence, agent, part, turn]);
}

async function loadCassette(path: string): Promise<Cassette> {
  const answers = new Map<string, RawAnswer>();
  let number = 0;
  try {
    expectRegularFile(path);
    for await (const line of linesOf(path)) {
      number += 1;
      const text = number === 1 ? line.replace(/^\uFEFF/, "") : line;
      if (text.trim() === "") continue;
      const entry = parseLine(path, number, text);
      const { row, occurrence = null, agent, part, turn } = entry;
      const key = keyOf(row, occurrence, agent ?? "", part ?? "", turn);
      // Of two lines with one address the first counts, as the first answer did.
      if (!answers.has(key)) answers.set(key, toAnswer(entry));
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return answers;
}

function unreadable(path: string, cause: unknown): FellowshipError {
  if (cause instanceof FellowshipError) return cause;
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new FellowshipError("bad_usage", `Can't read the cassette ${path} (${reason}).`, {
    facts: { path },
    cause,
  });
}

/** Splits at line feeds alone: other separators may stand inside a JSON text. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let pieces: string[] = [];
  const stream: AsyncIterable<string> = createReadStream(path, "utf8");
  for await (const chunk of stream) {
    const [first = "", ...others] = chunk.split("\n");
    pieces.push(first);
    for (const next of others) {
      yield pieces.join("");
      pieces = [next];
    }
  }
  if (pieces.length > 0) yield pieces.join("");
}

function parseLine(path: string, number: number, text: string): CassetteLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FellowshipError(
      "bad_usage",
      `${path}, line ${number}: expected a JSON object, got what is none.`,
      {
        facts: { path, line: number },
        cause,
      },
    );
  }
  const parsed = CassetteLine.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue?.path.join(".") ?? "";
  throw new FellowshipError(
    "bad_usage",
    `${path}, line ${number}: ` +
      `${key === "" ? "" : `"${key}": `}${issue?.message ?? "no cassette line"}. Expected ` +
      '{"row", "agent"?, "part"?, "turn", "content", "finish"?, "usage"?}.',
    { facts: { path, line: number } },
  );
}

function toAnswer({ content, finish, usage, outcome, detail }: CassetteLine): RawAnswer {
  const input = usage?.in ?? usage?.prompt_tokens;
  const output = usage?.out ?? usage?.completion_tokens;
  const tokens: TokenUsage | null =
    input === undefined || output === undefined ? null : { in: input, out: output };
  return {
    kind: "in-process",
    content,
    // The recorded answers came whole unless their line says otherwise.
    finish: finish ?? "stop",
    tokens,
    ...(outcome === undefined || outcome === "answered"
      ? {}
      : { failure: { outcome, detail: detail ?? `recorded as ${outcome}` } }),
  };
}
