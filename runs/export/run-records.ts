import { dpoLines, type PairSettings } from "../../datasets/export/dpo.ts";
import { evolutionDpoLines } from "../../datasets/export/improved-pairs.ts";
import { roundOf, writerOf, assistant } from "../../datasets/export/generation-lines.ts";
import { ktoLines } from "../../datasets/export/kto.ts";
import { sameTexts, type DpoLine } from "../../datasets/export/preference-lines.ts";
import { sftLine } from "../../datasets/export/sft.ts";
import type { Candidate } from "../../datasets/gates/gate.ts";
import type {
  PairRecord,
  RankingRecord,
  TrainingKind,
  TrainingRecords,
} from "../../datasets/trainers/training-record.ts";
import { dataText } from "../../state/calls/kept-thinking.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { Message } from "../../state/message.ts";
import type {
  EvaluationResult,
  EvolutionResult,
  GenerationResult,
  RowResult,
} from "../../state/row-result.ts";
import { plainForm } from "../../state/same-text.ts";
import { isBetter } from "../../state/generation/standings.ts";
import type { RunPlan } from "../directory/run-plan.ts";
import {
  demonstration,
  evolvedPair,
  generatedPair,
  labelledResponse,
} from "../gates/candidates.ts";
import { pairSettings, type PairTopology } from "../generate/pair-settings.ts";
import { evaluatedPairs } from "./evaluated-pairs.ts";

/** A record of a run, and what the export has to know of it besides. */
export type DrawnRecord<Record> = {
  readonly record: Record;
  /** The scores of the chosen and the rejected response. */
  readonly scores?: readonly [chosen: number, rejected: number] | undefined;
  /** Records that have it in common are never split: the same prompt, or one inside the other. */
  readonly group: string;
  /** What gates are asked about. */
  readonly candidate: Candidate;
};

/** The records of one kind that a finished row gives. */
export type DrawRecords<Kind extends TrainingKind> = (
  number: number,
  result: RowResult,
) => DrawnRecord<TrainingRecords[Kind]>[];

/**
 * How records of a kind are drawn from the rows of a run.
 *
 * @throws FellowshipError `bad_usage` for a run that holds nothing of the kind
 */
export function drawingOf<Kind extends TrainingKind>(
  { command, topology }: RunPlan,
  kind: Kind,
): DrawRecords<Kind> {
  // The plan was written by the command itself, from a checked topology.
  if (command === "generate") {
    const settings = pairSettings(topology as PairTopology);
    return (number, result) =>
      generationRecords[kind](number, result as GenerationResult, settings);
  }
  if (command === "evolve") {
    const editor = editorOf(topology as EvolvedTopology);
    return (number, result) => evolutionRecords[kind](number, result as EvolutionResult, editor);
  }
  if (command === "evaluate") {
    return (number, result) => evaluationRecords[kind](number, result as EvaluationResult);
  }
  throw new FellowshipError(
    "bad_usage",
    `expected a run of generate, evolve or evaluate, found one of ${command}.`,
    { facts: { command } },
  );
}

type FromEvaluation<Record> = (number: number, result: EvaluationResult) => DrawnRecord<Record>[];

const judgedPairs: FromEvaluation<PairRecord> = (number, result) =>
  evaluatedPairs(number, result).map((pair) => ({ ...pair, group: groupOf(pair.record.prompt) }));

const evaluationRecords: {
  readonly [Kind in TrainingKind]: FromEvaluation<TrainingRecords[Kind]>;
} = {
  dpo: judgedPairs,
  reward: judgedPairs,
  ranking: () => {
    throw notRanked("one of evaluate");
  },
  kto: () => {
    throw onlyPairs("kto");
  },
  sft: () => {
    throw onlyPairs("sft");
  },
};

function onlyPairs(kind: TrainingKind): FellowshipError {
  const message = `--kind ${kind}: a run of evaluate holds pairs; expected --kind dpo or reward.`;
  return new FellowshipError("bad_usage", message);
}

type FromGeneration<Record> = (
  number: number,
  result: GenerationResult,
  settings: PairSettings,
) => DrawnRecord<Record>[];

const generationRecords: {
  readonly [Kind in TrainingKind]: FromGeneration<TrainingRecords[Kind]>;
} = {
  dpo: generatedPairs,
  reward: generatedPairs,
  ranking: rankedRow,
  kto: (number, result) =>
    ktoLines({ number, result }).map(({ completion, ...line }) => ({
      record: { ...line, completion: textOf(completion) },
      group: groupOf(line.prompt),
      candidate: labelledResponse({ ...line, completion }),
    })),
  sft: (number, result) => {
    const line = sftLine({ number, result });
    const [round, agent] = [roundOf(result, result.best), writerOf(result, result.best)];
    return [
      {
        record: { ...line, source: { row: number, round, agent } },
        group: groupOf(result.prompt),
        candidate: demonstration(number, line),
      },
    ];
  },
};

function generatedPairs(number: number, result: GenerationResult, settings: PairSettings) {
  return dpoLines({ number, result }, settings.mode, settings.filter).map((line) =>
    pairOf(line, groupOf(line.prompt), generatedPair(line, result)),
  );
}

function pairOf(line: DpoLine, group: string, candidate: Candidate) {
  const { id, prompt, chosen, rejected, source, chosen_score: high, rejected_score: low } = line;
  return {
    record: { id, prompt, chosen: textOf(chosen), rejected: textOf(rejected), source },
    scores: high === undefined || low === undefined ? undefined : ([high, low] as const),
    group,
    candidate,
  };
}

/** All responses of a pool, where one of them is better than another. */
function rankedRow(number: number, result: GenerationResult): DrawnRecord<RankingRecord>[] {
  const { responses, prompt, id } = result;
  if (responses.some(({ agent }) => agent === undefined)) {
    throw notRanked("one whose responses were not ranked");
  }
  const rated = responses.flatMap((response, index) =>
    response.rating === undefined ? [] : [{ ...response, rating: response.rating, index }],
  );
  const order = rated.toSorted((one, other) => {
    if (isBetter(one, other)) return -1;
    return isBetter(other, one) ? 1 : one.index - other.index;
  });
  const [best, worst] = [order.at(0), order.at(-1)];
  if (best === undefined || worst === undefined || !isBetter(best, worst)) return [];
  const ranking = order.map((response) => ({
    rank: 1 + order.filter((other) => isBetter(other, response)).length,
    content: dataText(response.text, result.transcript),
    agent: writerOf(result, response.index),
    rating: response.rating,
    ...(response.score === undefined ? {} : { score: response.score }),
  }));
  const source = {
    row: number,
    chosen_agent: writerOf(result, best.index),
    rejected_agent: writerOf(result, worst.index),
    chosen_round: best.round,
    rejected_round: worst.round,
  };
  const chosen = assistant(result, best.index);
  const rejected = assistant(result, worst.index);
  if (sameTexts(chosen, rejected)) return [];
  const candidate = generatedPair({ prompt, chosen, rejected, source }, result);
  const texts = { chosen: textOf(chosen), rejected: textOf(rejected) };
  const record = { id, prompt, ...texts, ranking, source };
  return [{ record, group: groupOf(prompt), candidate }];
}

function notRanked(found: string): FellowshipError {
  const message = `--kind ranking: expected a run of graph: pool, found ${found}. Use --kind dpo.`;
  return new FellowshipError("bad_usage", message);
}

type FromEvolution<Record> = (
  number: number,
  result: EvolutionResult,
  editor: string,
) => DrawnRecord<Record>[];

const evolutionRecords: { readonly [Kind in TrainingKind]: FromEvolution<TrainingRecords[Kind]> } =
  {
    dpo: improvedPairs,
    reward: improvedPairs,
    kto: (number, result, editor) =>
      improvedPairs(number, result, editor).flatMap(({ record, group }) => {
        const { chosen, rejected, ...rest } = record;
        const { prompt } = rest;
        return [chosen, rejected].map((completion, index) => ({
          record: { ...rest, completion, label: index === 0 },
          group,
          candidate: { row: number, prompt, responses: [completion] as const },
        }));
      }),
    sft: (number, { id, conversation: messages }) => [
      {
        record: { id, messages, source: { row: number } },
        group: groupOf(opening(messages)),
        candidate: demonstration(number, { messages }),
      },
    ],
    ranking: () => {
      throw notRanked("one of evolve");
    },
  };

/** The prompts of a conversation's turns begin with one another: its opening is what they share. */
function improvedPairs(number: number, result: EvolutionResult, editor: string) {
  const group = groupOf(opening(result.conversation));
  return evolutionDpoLines({ number, result }, editor).map((line) =>
    pairOf(line, group, evolvedPair(line, result)),
  );
}

/** A conversation up to its first question. */
function opening(conversation: readonly Message[]): readonly Message[] {
  return conversation.slice(0, conversation.findIndex(({ role }) => role === "user") + 1);
}

function groupOf(prompt: readonly Message[]): string {
  return JSON.stringify(prompt.map(({ role, content }) => [role, plainForm(content)]));
}

function textOf(completion: readonly Message[]): string {
  return completion.at(-1)?.content ?? "";
}

type EvolvedTopology = {
  readonly graph: string;
  readonly agents?: { readonly editor?: { readonly name?: string } };
};

/** The writer of the rewrites that don't name their own. */
function editorOf({ graph, agents }: EvolvedTopology): string {
  return agents?.editor === undefined ? graph : (agents.editor.name ?? "editor");
}
