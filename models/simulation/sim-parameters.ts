import { FellowshipError } from "../../state/fellowship-error.ts";

/**
 * A parameter of a simulated model: its range (both ends included), its default and its meaning.
 */
export type ParameterRule = {
  readonly low: number;
  readonly high: number;
  readonly default: number;
  /** Only whole numbers. */
  readonly whole?: true;
  readonly about: string;
};

/**
 * What may stand behind `sim:NAME?`, as `key=value` joined by `&`. Quality and usefulness run from
 * 0 to 1; a score is the quality as seen, times the scale. Habits are in units of quality too.
 */
export const simulationParameters = {
  /**
   * The mean hidden quality of a generator's first responses, and the mean usefulness of a
   * reviewer's feedback.
   */
  skill: {
    low: 0,
    high: 1,
    default: 0.6,
    about: "mean hidden quality of its first responses, mean usefulness of its feedback",
  },
  /** What a single response, revision, review or advice differs by from its mean. */
  spread: {
    low: 0,
    high: 1,
    default: 0.1,
    about: "standard deviation of the quality or usefulness of what it writes",
  },
  /**
   * What a reviewer, judge, juror or debater misreads a quality by, anew for each response it is
   * shown.
   */
  noise: {
    low: 0,
    high: 1,
    default: 0.1,
    about: "standard deviation of the quality it sees around the true one",
  },
  /** Position habit: 0.1 lets the response shown first seem better by 0.1. */
  position: {
    low: -1,
    high: 1,
    default: 0,
    about: "habit: added to the response shown first",
  },
  /**
   * Length habit: 0.05 lets a response seem better by 0.05 for each doubling of its characters
   * against the other response's; of a response shown alone, against 500 characters.
   */
  length: {
    low: -1,
    high: 1,
    default: 0,
    about: "habit: added to the longer response for each doubling of length",
  },
  /** Self habit: added to a response that a simulated model of the same NAME wrote. */
  own: {
    low: -1,
    high: 1,
    default: 0,
    about: "habit: added to a response by a simulated model of its own name",
  },
  /** Where a choice is asked for, responses that seem closer than this are a tie. */
  tie: {
    low: 0,
    high: 1,
    default: 0.05,
    about: "difference below which a choice is a tie",
  },
  /** A revision closes this share of the gap to quality 1, times the usefulness of the feedback. */
  gain: {
    low: 0,
    high: 1,
    default: 0.5,
    about: "share of the gap to quality 1 that a revision closes after perfect feedback",
  },
  /**
   * The mean usefulness of an advisor's suggestions when it saw the response and read no debate.
   */
  advice: {
    low: 0,
    high: 1,
    default: 0.5,
    about: "mean usefulness of an advisor's suggestions alone",
  },
  /** Added to `advice` where the advisor read at least one simulated argument. */
  debate: {
    low: 0,
    high: 1,
    default: 0.2,
    about: "what an advisor's usefulness gains from having read a debate",
  },
  /** Taken from `advice` where the advisor was not shown the response it advises on. */
  sight: {
    low: 0,
    high: 1,
    default: 0.2,
    about: "what an advisor's usefulness loses by not seeing the response",
  },
  /** The mean length of a response in words; the shortest is one sentence. */
  words: { low: 1, high: 10_000, default: 80, about: "mean length of a response in words" },
  /** The share of reviews and verdicts that come without the form asked for. */
  unreadable: {
    low: 0,
    high: 1,
    default: 0,
    about: "share of reviews and verdicts without a readable form",
  },
  /** The share of answers that end half way, with finish `length`. */
  fail: { low: 0, high: 1, default: 0, about: "share of answers cut at their length" },
  /** Real waiting time of every call, in milliseconds. */
  latencyMs: { low: 0, high: 600_000, default: 0, about: "real delay of a call, milliseconds" },
  /** Another seed, another world; the same seed, the same bytes. */
  seed: {
    low: 0,
    high: Number.MAX_SAFE_INTEGER,
    default: 1,
    whole: true,
    about: "all randomness comes from it, the name and the call's address",
  },
} as const satisfies Readonly<Record<string, ParameterRule>>;

type ParameterName = keyof typeof simulationParameters;

export type SimulationParameters = Readonly<Record<ParameterName, number>>;

/** A simulated model: its name, by which its own responses are known, and its parameters. */
export type Simulation = { readonly name: string; readonly parameters: SimulationParameters };

/** The parameters, a line each: name, range, default, meaning. */
export function describeSimulationParameters(): string[] {
  return rules().map(([name, rule]) => `${name} (${rangeOf(rule)}): ${rule.about}`);
}

/**
 * Reads `NAME?skill=0.8&noise=0.1`, what stands behind `sim:` in a model spec.
 *
 * @throws FellowshipError `bad_usage` for a name that is none, an unknown or repeated parameter and
 *   a value out of its range, naming all parameters with their ranges and defaults.
 */
export function parseSimulation(model: string): Simulation {
  const mark = model.indexOf("?");
  const name = mark < 0 ? model : model.slice(0, mark);
  if (!/^[\w.:/+-]+$/.test(name)) {
    throw usageError(model, `expected a name of letters, digits and - _ . : / +, got "${name}"`);
  }
  const given = new Map<string, number>();
  for (const setting of mark < 0 ? [] : model.slice(mark + 1).split("&")) {
    const [key = "", ...rest] = setting.split("=");
    if (given.has(key)) throw usageError(model, `parameter "${key}" stands there twice`);
    given.set(key, valueOf(model, key, rest.join("=")));
  }
  const entries = rules().map(([key, rule]) => [key, given.get(key) ?? rule.default]);
  return { name, parameters: Object.fromEntries(entries) as SimulationParameters };
}

function valueOf(model: string, key: string, text: string): number {
  const rule = rules().find(([name]) => name === key)?.[1];
  if (rule === undefined) throw usageError(model, `unknown parameter "${key}"`);
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  const fits = value >= rule.low && value <= rule.high;
  if (fits && (rule.whole !== true || Number.isInteger(value))) return value;
  throw usageError(model, `${key}: expected ${rangeOf(rule)}, got "${text}"`);
}

function rules(): [ParameterName, ParameterRule][] {
  return Object.entries(simulationParameters) as [ParameterName, ParameterRule][];
}

function rangeOf({ low, high, default: usual, whole }: ParameterRule): string {
  return `${whole === true ? "whole, " : ""}${low} to ${high}, default ${usual}`;
}

function usageError(model: string, found: string): FellowshipError {
  const known = rules().map(([name, rule]) => `${name} (${rangeOf(rule)})`);
  return new FellowshipError(
    "bad_usage",
    `Model "sim:${model}": ${found}. Expected sim:NAME?key=value&… with any of ` +
      `${known.join("; ")}.`,
    { facts: { model: `sim:${model}` } },
  );
}
