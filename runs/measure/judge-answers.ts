import { join } from "node:path";
import { isFields } from "../../datasets/read/row-value.ts";
import { Scores } from "../../state/verdict.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { readInput } from "../input/read-input.ts";
import type { Progress } from "../progress/progress.ts";
import type { SessionSoFar } from "../progress/session-so-far.ts";
import type { Stages } from "../study/stages.ts";
import type { Answers, MeasureStyle, Question } from "./benchmark-files.ts";
import { baselinePairs, gradedPairs, type GradedPair } from "./graded-pairs.ts";
import { gradingOptions } from "./grading-options.ts";
import type { QuestionResult } from "./measure-figures.ts";

type Judging = {
  readonly questions: readonly Question[];
  readonly baseline: Answers | null;
  readonly answers: Answers;
};

/** What the evaluator is asked about a model: pairs with the baseline, or answers to be graded. */
export function pairsFor({ questions, baseline, answers }: Judging): {
  readonly asked: GradedPair[];
  readonly identical: Question[];
} {
  if (baseline !== null) return baselinePairs(questions, answers, baseline);
  return { asked: gradedPairs(questions, answers), identical: [] };
}

/** Judges a model's answers in a stage; null where the run stopped. */
export async function judgeAnswers(
  evaluator: string,
  judging: Judging & { readonly stage: string },
  options: CommandOptions & { readonly style: MeasureStyle },
  stages: Stages,
): Promise<QuestionResult[] | null> {
  const { stage, baseline, answers } = judging;
  const { asked, identical } = pairsFor(judging);
  const lengthsOf = ({ key }: Question) => ({
    model: answers.byKey.get(key)?.[0]?.length ?? 0,
    baseline: baseline?.byKey.get(key)?.[0]?.length ?? 0,
  });
  const results = new Map<string, QuestionResult>();
  for (const question of identical) {
    const { key, category } = question;
    results.set(key, { key, category, win: 0.5, lengths: lengthsOf(question) });
  }
  if (asked.length > 0) {
    const input = join(options.directory, "inputs", `${stage}.jsonl`);
    await replaceFile(input, asked.map(({ pair }) => `${JSON.stringify(pair)}\n`).join(""));
    const progress = baseline === null ? withoutWins(options.progress) : named(options.progress);
    const grading = { ...(await gradingOptions(evaluator, options)), input, progress };
    const end = await stages.run(stage, grading, (own) => evaluate(evaluator, own));
    if (end === null) return null;
    for await (const { row, winner, scores } of verdictsIn(join(options.directory, stage))) {
      const question = asked[row - 1]?.question;
      if (question === undefined) continue;
      const { key, category } = question;
      const found =
        baseline === null
          ? { scores: scores === null ? question.turns.map(() => null) : [scores.a, scores.b] }
          : { win: winOf(winner), lengths: lengthsOf(question) };
      results.set(key, { key, category, ...found });
    }
  }
  return judging.questions.flatMap(({ key }) => results.get(key) ?? []);
}

/** The two sides of a graded pair are a question's turns, and neither beats the other. */
function withoutWins(progress: Progress): Progress {
  return withVerdicts(progress, (soFar) => ({ ...soFar, wins: {}, ties: 0 }));
}

/** Side A is the measured model's answer, side B the baseline's. */
function named(progress: Progress): Progress {
  return withVerdicts(progress, ({ wins: { a, b }, ...soFar }) => ({
    ...soFar,
    wins: {
      ...(a === undefined ? {} : { model: a }),
      ...(b === undefined ? {} : { baseline: b }),
    },
  }));
}

function withVerdicts(progress: Progress, shown: (soFar: SessionSoFar) => SessionSoFar): Progress {
  return {
    ...progress,
    follow(outlook) {
      progress.follow(() => {
        const { soFar, ...known } = outlook();
        return { ...known, ...(soFar == null ? {} : { soFar: shown(soFar) }) };
      });
    },
  };
}

function winOf(winner: unknown): number | null {
  if (winner === "a") return 1;
  if (winner === "b") return 0;
  return winner === "tie" ? 0.5 : null;
}

async function* verdictsIn(directory: string) {
  for await (const record of readInput({ input: join(directory, "rows.jsonl") })) {
    if (!("value" in record) || !isFields(record.value)) continue;
    const { row, winner, scores } = record.value;
    const read = Scores.safeParse(scores);
    if (typeof row === "number") yield { row, winner, scores: read.success ? read.data : null };
  }
}
