import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { exampleOfResult, type RunFacts } from "../../datasets/langsmith/dataset-example.ts";
import type { ExampleRead } from "../../datasets/langsmith/file-examples.ts";
import { readRecords } from "../../datasets/read/read-records.ts";
import { isFields } from "../../datasets/read/row-value.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";

type Fields = Readonly<Record<string, unknown>>;

const Manifest = z.object({
  command: z.enum(["generate", "evaluate", "evolve"]),
  topology: z.looseObject({ graph: z.string() }),
  agents: z.array(z.looseObject({ model: z.string() })),
  prompts: z.record(z.string(), z.string()),
  // An input on a server has an identity in place of the hash of a file.
  input: z
    .object({ sha256: z.string().optional(), identity: z.string().optional() })
    .transform(({ sha256, identity }) => sha256 ?? identity)
    .pipe(z.string()),
});

/**
 * The finished rows of a run's directory as examples: what it was given as inputs, what came of it
 * as outputs (`response`, the best one, or the verdict's `winner` and `scores`).
 *
 * @throws FellowshipError `bad_usage` for a directory that holds no finished run.
 */
export async function* runExamples(directory: string): AsyncGenerator<ExampleRead> {
  const run = await runFacts(directory);
  // Our own rows may be longer than any that we take from others.
  const rows = readRecords(join(directory, "rows.jsonl"), { maxRowBytes: Number.MAX_SAFE_INTEGER });
  for await (const record of rows) {
    if (!("value" in record) || !isFields(record.value)) {
      yield { ok: false, detail: `${record.place}: can't be read` };
      continue;
    }
    const line = record.value;
    const fields = isFields(line["input"]) ? line["input"] : {};
    const number = typeof line["row"] === "number" ? line["row"] : record.number;
    yield { ok: true, example: exampleOfResult({ number, fields }, resultOf(line), run) };
  }
}

/**
 * What a run was, without what tells of the machine or the moment: the same run has the same facts
 * wherever it is.
 */
async function runFacts(directory: string): Promise<RunFacts> {
  const path = join(directory, "run.json");
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new FellowshipError("bad_usage", `${directory} holds no finished run (no run.json).`, {
      facts: { directory },
      cause,
    });
  });
  const read = Manifest.safeParse(parsed(text));
  if (!read.success) {
    throw new FellowshipError(
      "bad_usage",
      `${path} is no manifest of generate, evaluate or evolve.`,
    );
  }
  const { command, topology, agents, prompts, input } = read.data;
  const plan = JSON.stringify([command, topology, agents, prompts, input]);
  return {
    command,
    graph: topology.graph,
    models: [...new Set(agents.map(({ model }) => model))],
    input,
    plan: createHash("sha256").update(plan).digest("hex").slice(0, 16),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** What came of a row, by what its line holds. */
function resultOf(line: Fields): Fields {
  const { winner, scores, flipped, best, bestReviewer, answers } = line;
  if (winner !== undefined)
    return { winner, scores, ...(flipped === undefined ? {} : { flipped }) };
  const responses = (Array.isArray(line["responses"]) ? line["responses"] : []).filter(isFields);
  if (answers === undefined) {
    // In a branching loop a round holds several responses.
    const chosen = responses.find(
      ({ round, reviewer }) => round === best && reviewer === bestReviewer,
    );
    return { response: chosen?.["text"] ?? null, round: best };
  }
  // Of an evolution: the last answer as it stands in the end.
  const kept = responses.findLast(({ accepted, round }) => accepted === true || round === 0);
  return { response: kept?.["text"] ?? null, answers };
}
