import * as ls from "langsmith/vitest";
import { afterAll, it } from "vitest";
import type { EvaluatorResult, RowEvaluator } from "./evaluators/row-evaluator.ts";

type Fields = Record<string, unknown>;

/** A row that came to its end. */
export type EvaluatedExample<Row, Outputs> = {
  readonly row: Row;
  readonly outputs: Outputs;
  readonly results: readonly EvaluatorResult[];
};

export type DescribeRowsOptions<Row, Outputs extends Fields> = {
  /** The name of the data set in LangSmith. */
  readonly name: string;
  /** The subject of the experiment. */
  readonly metadata: Fields;
  readonly rows: readonly Row[];
  readonly example: (row: Row) => { readonly inputs: Fields; readonly referenceOutputs?: Fields };
  /** What is measured. A row for which it throws is a failed test. */
  readonly target: (row: Row) => Promise<Outputs>;
  readonly evaluators: readonly RowEvaluator[];
  /** The figures of all rows together, printed at the end. */
  readonly summary: (examples: readonly EvaluatedExample<Row, Outputs>[]) => string;
};

/**
 * An eval: a test for each row, with the scores of its evaluators. By itself it prints a table;
 * with tracking on (see docs/evals.md) the rows become the examples of a data set in LangSmith and
 * the run an experiment over it.
 */
export function describeRows<
  Row extends { readonly id: string; readonly number: number },
  Outputs extends Fields,
>(options: DescribeRowsOptions<Row, Outputs>): void {
  const { name, metadata, rows, example, target, evaluators, summary } = options;
  const examples: EvaluatedExample<Row, Outputs>[] = [];
  ls.describe(
    name,
    () => {
      for (const row of rows) {
        const { inputs, referenceOutputs = {} } = example(row);
        ls.test(row.id, { inputs, referenceOutputs, metadata: { row: row.number } }, async () => {
          const outputs = await target(row);
          ls.logOutputs(outputs);
          const results: EvaluatorResult[] = [];
          for (const evaluator of evaluators) {
            const judge = ls.wrapEvaluator(evaluator);
            results.push(...[await judge({ inputs, outputs, referenceOutputs })].flat());
          }
          examples.push({ row, outputs, results });
        });
      }
      afterAll(() => {
        const inOrder = examples.toSorted((one, other) => one.row.number - other.row.number);
        process.stdout.write(`\n${name}: ${summary(inOrder)}\n`);
      });
    },
    { metadata },
  );
}

/** Says of an eval why it measures nothing. */
export function leaveOut(reason: string): void {
  it(`${reason}`, ({ skip }) => skip(reason));
}
