import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { toPairRow, type PairRow } from "../../datasets/rows/pair-row.ts";
import { readRecords } from "../../datasets/read/read-records.ts";
import { accuracy } from "../../statistics/agreement/accuracy.ts";
import { cohenKappa } from "../../statistics/agreement/cohen-kappa.ts";
import type { Preference } from "../../statistics/estimates/preference.ts";
import { createGate } from "../../models/gate/gate.ts";
import { untraced } from "../../models/gate/following/noop-tracer.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { createAggregateVotes } from "../../nodes/steps/aggregate-votes.ts";
import type { Reading } from "../../state/evaluation/evaluator-state.ts";
import type { Verdict, Winner } from "../../state/verdict.ts";
import { buildEvaluator } from "../../topologies/build/build-evaluator.ts";
import { evaluatorTopology, type EvaluatorTopology } from "../../topologies/kinds/evaluators.ts";
import { forEachConcurrently } from "../engine/for-each-concurrently.ts";
import { debate } from "../../topologies/kinds/debate.ts";

/**
 * A cell of a table of arXiv 2408.08688, published and computed again from the recorded answers.
 */
export type ReplicatedCell = {
  readonly dataset: string;
  readonly strategy: string;
  readonly models: readonly string[];
  readonly n: number;
  readonly published: number;
  readonly kappa: number | null;
  readonly accuracy: number | null;
  /** Against the labels the paper used, where they are other than the rows' own. */
  readonly kappaPaperLabel: number | null;
  /** Why the figures differ; empty where they don't. */
  readonly reason: string;
};

/** Wins of a recorded loop against a single model, published and judged again. */
export type ReplicatedWins = {
  readonly name: string;
  readonly rows: number;
  readonly wins: Readonly<Record<Winner, number>>;
  readonly published: number;
};

const cell = z.object({ strategy: z.string(), models: z.array(z.string()), published: z.number() });
const expectedFile = z.object({
  "fair-eval": z.object({ cells: z.array(cell) }),
  "alpaca-eval": z.object({ cells: z.array(cell) }),
  winRate: z.record(z.string(), z.object({ publishedAgentWinsOf500: z.number() })),
});

/**
 * The paper's tables of evaluators from the recorded answers in `data`. Every judge and debate runs
 * through its graph; the juries of the same judges' answers are counted from what the judges said,
 * which jurors say unseen by each other, by the jury's own node.
 *
 * @throws FellowshipError `bad_usage` where the data are not there.
 */
export async function* replicateAgreement(data: string): AsyncGenerator<ReplicatedCell> {
  const expected = await readExpected(data);
  for (const dataset of ["fair-eval", "alpaca-eval"] as const) {
    const pairs = await readPairs(join(data, dataset, "pairs.jsonl"));
    const judges = new Map<string, Promise<Verdict[]>>();
    const judgeOf = (model: string) => {
      const known =
        judges.get(model) ?? judgeAll(topologyOf(join(data, dataset), "combined-10", model), pairs);
      judges.set(model, known);
      return known;
    };
    for (const { strategy, models, published } of expected[dataset].cells) {
      const [model = ""] = models;
      const verdicts = strategy.startsWith("jury")
        ? juryOf(await Promise.all(models.map(judgeOf)))
        : strategy === "combined-10"
          ? await judgeOf(model)
          : await judgeAll(topologyOf(join(data, dataset), strategy, model), pairs);
      const winners = verdicts.map(({ winner }) => winner);
      yield replicatedCell({ dataset, strategy, models, published }, pairs, winners);
    }
  }
}

/** The recorded loop's answers against single models', as the recorded judge saw them. */
export async function* replicateWins(data: string): AsyncGenerator<ReplicatedWins> {
  const expected = await readExpected(data);
  for (const [name, { publishedAgentWinsOf500 }] of Object.entries(expected.winRate)) {
    const directory = join(data, "generation", "versus", name);
    const pairs = await readPairs(join(directory, "pairs.jsonl"));
    const verdicts = await judgeAll(judge("combined", 10, join(directory, "gpt-4o.jsonl")), pairs);
    const wins = { a: 0, b: 0, tie: 0, none: 0 };
    for (const { winner } of verdicts) wins[winner] += 1;
    yield { name, rows: pairs.length, wins, published: publishedAgentWinsOf500 };
  }
}

async function readExpected(data: string): Promise<z.infer<typeof expectedFile>> {
  const path = join(data, "expected.json");
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new FellowshipError(
      "bad_usage",
      `No recorded data in ${data} (${path} can't be read). Expected the folder with ` +
        "fair-eval/, alpaca-eval/, generation/ and expected.json: npm run replicate -- " +
        "../shared/data",
      { facts: { path }, cause },
    );
  });
  return expectedFile.parse(JSON.parse(text));
}

type LabelledPair = PairRow & { readonly label: Preference; readonly paperLabel: Preference };

async function readPairs(path: string): Promise<LabelledPair[]> {
  const pairs: LabelledPair[] = [];
  for await (const record of readRecords(path)) {
    const read = toPairRow(record);
    if (!read.ok) throw new FellowshipError("bad_input", `${path}: ${read.detail}`);
    const { label = "tie" } = read.row;
    pairs.push({
      ...read.row,
      label,
      paperLabel: (read.row.extra["paperLabel"] as Preference | undefined) ?? label,
    });
  }
  return pairs;
}

function topologyOf(directory: string, strategy: string, model: string): EvaluatorTopology {
  const cassette = join(directory, "cassettes", strategy, `${model}.jsonl`);
  if (strategy === debate.graph) {
    const names = ["general-public", "psychologist", "critic"];
    const debaters = names.map((name) => ({ name, model: `replay:${cassette}` }));
    return evaluatorTopology.parse({ graph: debate.graph, reasks: 0, agents: { debaters } });
  }
  const [kind = "combined", scale = "10"] = strategy.split("-");
  return judge(kind, Number(scale), cassette);
}

/** The verdicts of a jury whose jurors said what these judges said, row by row. */
function juryOf(judges: readonly (readonly Verdict[])[]): Verdict[] {
  const names = judges.map((_, juror) => `juror-${juror + 1}`);
  const conclude = createAggregateVotes({
    agents: names.map((name) => ({ name, weight: 1 })),
    aggregate: "plurality",
    onUnparsed: "tie",
  });
  return (judges[0] ?? []).map((_, row) => {
    const readings = judges.flatMap((verdicts, juror) =>
      (verdicts[row]?.votes ?? []).map(({ model, winner, scores, parsed }): Reading => ({
        agent: names[juror] ?? "",
        model,
        view: "plain",
        outcome: "answered",
        winner: parsed ? winner : null,
        scores,
        score: null,
      })),
    );
    return conclude({ readings, part: "" }).verdict;
  });
}

/** The recorded answers hold any follow-up already, so nothing is asked again. */
function judge(strategy: string, scale: number, cassette: string): EvaluatorTopology {
  const agents = { judge: { name: "judge", model: `replay:${cassette}` } };
  return evaluatorTopology.parse({ graph: "judge", strategy, scale, reasks: 0, agents });
}

async function judgeAll(
  topology: EvaluatorTopology,
  pairs: readonly LabelledPair[],
): Promise<Verdict[]> {
  const { graph, recursionLimit } = await buildEvaluator(topology, {
    gate: createGate(),
    environment: {},
    promptDirectory,
  });
  const verdicts: Verdict[] = [];
  async function work({ number, id, messages, a, b }: LabelledPair): Promise<void> {
    const input = { row: { number, id }, prompt: messages, pair: { a, b } };
    const { verdict } = await graph.invoke(input, { recursionLimit, callbacks: [untraced] });
    if (verdict === undefined)
      throw new Error(`row ${number} of the recorded pairs has no verdict`);
    verdicts[number - 1] = verdict;
  }
  await forEachConcurrently(inTurn(pairs), work, { concurrency: 16, isOpen: () => true });
  return verdicts;
}

async function* inTurn<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

function replicatedCell(
  named: Pick<ReplicatedCell, "dataset" | "strategy" | "models" | "published">,
  pairs: readonly LabelledPair[],
  winners: readonly Winner[],
): ReplicatedCell {
  const labels = pairs.map(({ label }) => label);
  const paperLabels = pairs.map(({ paperLabel }) => paperLabel);
  const kappa = cohenKappa(labels, winners).value;
  const kappaPaperLabel = cohenKappa(paperLabels, winners).value;
  return {
    ...named,
    n: pairs.length,
    kappa,
    accuracy: accuracy(labels, winners).value,
    kappaPaperLabel,
    reason: reasonOf(named.published, kappa, kappaPaperLabel),
  };
}

/** Figures that are the same number computed in another order differ in their last bits. */
const same = (one: number | null, other: number) => one !== null && Math.abs(one - other) < 1e-9;

function reasonOf(published: number, kappa: number | null, withPaperLabel: number | null): string {
  if (same(kappa, published)) return "";
  if (same(withPaperLabel, published)) {
    return "the paper's labels mix votes of neighbouring pairs; with them ours is the same";
  }
  return (
    "the paper's labels mix votes of neighbouring pairs, and its parser read some verdicts " +
    "otherwise than their text says"
  );
}
