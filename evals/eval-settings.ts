import { FellowshipError } from "../state/fellowship-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A topology file, with what `--model` says of it and what it may spend. */
type EvalTopology = {
  readonly topology: string;
  /** As `--model`: `SPEC`, or `AGENT=SPEC`. */
  readonly models: readonly string[];
  /** In dollars; undefined for no limit. */
  readonly budgetUsd: number | undefined;
};

/** What `npm run evals` measures. */
export type EvalSettings = EvalTopology & {
  /** Pairs with labels for an evaluator, prompts for a generator, instruction data for CoEvol. */
  readonly input: string;
  /** Only the first rows. */
  readonly limit: number;
  /**
   * The evaluator that says what a generator or CoEvol gained; null where the environment names
   * none.
   */
  readonly judge: EvalTopology | null;
};

/**
 * What the shipped samples share: simulated models cost nothing, and an umpire sees what the
 * simulation hides.
 */
export const shippedSample = {
  limit: Infinity,
  budgetUsd: undefined,
  judge: {
    topology: "topologies/judge.yaml",
    models: ["sim:umpire?noise=0&tie=0.02"],
    budgetUsd: undefined,
  },
} satisfies Partial<EvalSettings>;

/**
 * Reads from the environment what is to be measured; the shipped sample, with simulated models,
 * where it names nothing.
 *
 * - `FELLOWSHIP_EVAL_TOPOLOGY`, `FELLOWSHIP_EVAL_INPUT`: the topology and its rows; both or neither
 * - `FELLOWSHIP_EVAL_MODEL`: its models, `SPEC` or `AGENT=SPEC`, several with blanks between them
 * - `FELLOWSHIP_EVAL_JUDGE`: an evaluator topology
 * - `FELLOWSHIP_EVAL_BUDGET`: dollars for each of the two topologies, or `none` (1)
 * - `FELLOWSHIP_EVAL_LIMIT`: only the first rows
 *
 * @throws FellowshipError `bad_usage` for half of what is needed, or a number that is none.
 */
export function readEvalSettings(environment: Environment, sample: EvalSettings): EvalSettings {
  const given = (name: string) => environment[`FELLOWSHIP_EVAL_${name}`]?.trim() || null;
  const limitText = given("LIMIT");
  const limit = limitText === null ? Infinity : positive("LIMIT", limitText);
  const [topology, input, judge] = [given("TOPOLOGY"), given("INPUT"), given("JUDGE")];
  if (topology === null && input === null) return { ...sample, limit };
  if (topology === null || input === null) {
    const missing = topology === null ? "TOPOLOGY" : "INPUT";
    throw new FellowshipError(
      "bad_usage",
      `FELLOWSHIP_EVAL_${missing} is missing: a topology needs rows of its own, and rows a ` +
        "topology.",
    );
  }
  const budget = given("BUDGET") ?? "1";
  const budgetUsd = budget === "none" ? undefined : positive("BUDGET", budget);
  return {
    topology,
    input,
    models: given("MODEL")?.split(/\s+/) ?? [],
    limit,
    budgetUsd,
    judge: judge === null ? null : { topology: judge, models: [], budgetUsd },
  };
}

/** @throws FellowshipError `bad_usage` where no evaluator can measure the gain. */
export function requireJudge({ judge }: EvalSettings): EvalTopology {
  if (judge !== null) return judge;
  throw new FellowshipError(
    "bad_usage",
    "FELLOWSHIP_EVAL_JUDGE is missing: name an evaluator topology to say what was gained, " +
      "with another model than the topology's own judge.",
  );
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new FellowshipError(
    "bad_usage",
    `FELLOWSHIP_EVAL_${name}: expected a number above 0, got "${text}".`,
  );
}
