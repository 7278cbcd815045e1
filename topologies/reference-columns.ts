/** The columns of reference answers that a topology reads. */
export type ReferenceColumns = {
  readonly read: readonly string[];
  /** Those without which a row can't be judged. */
  readonly needed: readonly string[];
};

/** The columns that the evaluators of a topology name under `reference`. */
export function referenceColumns(topology: object): ReferenceColumns {
  const named = [...evaluatorsIn(topology)];
  const needing = named.filter(({ checks = [] }) =>
    checks.some(({ equals }) => equals !== undefined),
  );
  const columnsOf = (of: readonly Naming[]) => [...new Set(of.map(({ reference }) => reference))];
  return { read: columnsOf(named), needed: columnsOf(needing) };
}

type Naming = {
  readonly reference: string;
  readonly checks?: readonly { readonly equals?: unknown }[];
};

/** The topologies inside a topology that name a column, and the topology itself. */
function* evaluatorsIn(topology: unknown): Generator<Naming> {
  if (typeof topology !== "object" || topology === null) return;
  const { reference, evaluator, steps } = topology as Record<string, unknown>;
  if (typeof reference === "string") yield topology as Naming;
  yield* evaluatorsIn(evaluator);
  if (Array.isArray(steps)) for (const step of steps) yield* evaluatorsIn(step);
}
