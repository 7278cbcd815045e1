/**
 * What an evaluator is given: a row's inputs, what was made of them, and what should have been made
 * of them. They come from the caller of the experiment, so an evaluator looks for what it needs and
 * says what it misses.
 */
export type EvaluatorParams = {
  readonly inputs?: unknown;
  readonly outputs: unknown;
  readonly referenceOutputs?: unknown;
};

/** What an evaluator says of a row. LangSmith shows the mean score of each key. */
export type EvaluatorResult = {
  key: string;
  score: number | boolean;
  comment?: string;
  metadata?: Record<string, unknown>;
};

/**
 * An evaluator of one row, in the shape of openevals and of LangSmith's `evaluate`: ours go into
 * others' experiments as they are, and others' into ours.
 *
 * @example
 * await evaluate(target, { data: "my data set", evaluators: [agreesWithPeople] }); // langsmith/evaluation
 */
export type RowEvaluator = (
  params: EvaluatorParams,
) => Promise<EvaluatorResult | EvaluatorResult[]> | EvaluatorResult | EvaluatorResult[];
