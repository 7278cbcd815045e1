import type { InputRecord } from "../../datasets/read/read-records.ts";
import type { Spending } from "../../models/cost/open-spending.ts";
import { defaultLongestAnswer } from "../../models/cost/worst-case-tokens.ts";
import type { Limits } from "../../models/rate-limit/given-limits.ts";
import { isInProcess } from "../../models/providers/model-spec.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import { roleNamed, roles } from "../../nodes/roles.ts";
import type { ForecastCall, ForecastStep } from "../../topologies/session/forecast-calls.ts";
import { isInShard } from "../shards/shard.ts";
import type { CommandOptions } from "../command-options.ts";
import { assumedPace, createForecastTime, type ForecastTime } from "./forecast-time.ts";
import {
  createForecastWaves,
  type BatchForecast,
  type ForecastedBatches,
} from "./forecast-waves.ts";
import { forecastedBatches } from "./forecasted-batches.ts";
import { countRepeats } from "./repeated-rows.ts";
import { inspectDirectory, type InspectedJob, type StandingRun } from "./inspect-directory.ts";
import type { InputReport, RowReader } from "../input/input-report.ts";
import { readInput } from "../input/read-input.ts";
import { inspectInput } from "../input/inspect-input.ts";
import { openRecordedRun } from "../reuse/recorded-run.ts";
import { refuseOwnDirectory } from "../reuse/reuse.ts";
import { roundedUsd } from "../accounting/tally.ts";
import { readTraceSettings } from "../tracing/trace-settings.ts";

/** What a run would come to: `--dry-run`. */
export type Forecast = {
  rows: number;
  /** Rows that can't be used. */
  unusable: number;
  calls: number;
  tokens: { in: number; out: number };
  /** `unknown`: calls to models without a price. */
  cost: { usd: number; unknown: number };
  /**
   * With a cascade: what it comes to where no row goes on to a later step; the other figures are
   * those where every row does.
   */
  least?: { calls: number; usd: number };
  /** With batches: what goes into each wave. */
  batches?: BatchForecast;
  /** From the first call to the last answer; in batches the longest that they may take. */
  seconds: number;
  /**
   * With `--budget`: the row at which it would hold calls back, null where it is enough for all;
   * what earlier sessions spent of it; and the most that is set aside before one call.
   */
  budget?: { usd: number; reachedAtRow: number | null; spentUsd: number; largestCallUsd: number };
  /** What the figures rest on, in sentences. */
  assumptions: string[];
  /** How the input is read, and why rows can't be used; of a forecast with all checks. */
  input?: InputReport;
};

/** The sizes of a row, in tokens: its prompt, and its responses where the input holds them. */
export type RowSizes = { readonly prompt: number; readonly response: number | null };

/** What a forecast knows of a topology, and how it reads a row. */
export type ForecastBasis = {
  readonly steps: readonly ForecastStep[];
  /**
   * The sizes of a usable row, a conversation's those of each answer that is taken up; null for a
   * row that is not usable.
   */
  readonly sizesOf: (record: InputRecord) => RowSizes | readonly RowSizes[] | null;
  /**
   * What models are shown of a usable row; rows that show the same share the answers of their calls
   * at temperature 0. No answers are shared where not given.
   */
  readonly questionOf?: ((record: InputRecord) => unknown) | undefined;
  readonly limits: Readonly<Record<string, Limits>>;
  /** The columns that the command reads; all where not given. */
  readonly columns?: readonly string[] | undefined;
  /** What the steps themselves rest on, in sentences. */
  readonly assumptions?: readonly string[];
};

export type ForecastOptions = ForecastBasis &
  Pick<CommandOptions, "input" | "reading" | "limit" | "shard" | "budgetUsd" | "concurrency"> & {
    readonly priceOf: PriceOf;
    /** Dollars that earlier sessions spent of the budget. */
    readonly spentUsd?: number;
    /** How calls go into batches; they are sent one by one where not given. */
    readonly batches?: ForecastedBatches | undefined;
    /** Rows that are left out, by number. */
    readonly skip?: (row: number) => boolean;
    /** Ends the reading; what was read until then is returned. */
    readonly signal?: AbortSignal;
  };

/** Of a text's bytes each is set aside for as if it were a token (`boundOf`). */
const bytesOfToken = 4;

/** Usual sizes, in tokens, of texts that are not known before the run. */
const usual = {
  response: roles.generator.usualTokens.answer,
  review: roles.reviewer.usualTokens.answer,
  verdict: roles.judge.usualTokens.answer,
};

/**
 * Checks what a run would check before its first call: prices, traces, input, directory and the
 * runs to reuse. Sends and writes nothing.
 *
 * @returns the run that is in the directory to go on with; null where a run would begin
 * @throws FellowshipError `bad_usage` under a budget for models without a price, for a `--reuse`
 *   that names no other run, and as `readTraceSettings` does; `bad_input`; and what
 *   `inspectDirectory` finds wrong with the directory
 */
export async function checkRun<Row>(
  job: InspectedJob & RowReader<Row>,
  options: CommandOptions,
  { priceOf, refuseUnpriced }: Spending,
): Promise<StandingRun | null> {
  const { reuse = [], directory } = options;
  readTraceSettings(options.environment);
  refuseUnpriced(job.agents);
  await inspectInput(job, options);
  if (directory !== "") await refuseOwnDirectory(directory, reuse);
  for (const other of reuse) await (await openRecordedRun(other)).close();
  return inspectDirectory(job, options, priceOf);
}

/**
 * Counts what a run over the real input would ask, what that would cost and how long it would take,
 * after all checks of the run. Sends and writes nothing.
 *
 * @throws FellowshipError as `checkRun` does
 */
export async function forecast<Row>(
  job: InspectedJob & RowReader<Row>,
  options: CommandOptions & ForecastBasis,
  spending: Spending,
): Promise<Forecast> {
  const { reuse = [], directory } = options;
  const standing = await checkRun(job, options, spending);
  const { usd = 0, unknownUsd = 0 } = standing?.spent ?? {};
  const finished = standing?.finished ?? new Set();
  const total = await forecastRows({
    ...options,
    priceOf: spending.priceOf,
    spentUsd: usd + unknownUsd,
    batches: forecastedBatches(options, modelsIn(options), spending.livePriceOf),
    skip: (row) => finished.has(row),
  });
  total.input = await inspectInput(job, options, "all");
  if (finished.size > 0) {
    total.assumptions.push(`rows that are done in ${directory} are left out (${finished.size})`);
  }
  for (const other of reuse) {
    total.assumptions.push(`nothing of ${other} is taken off: what was asked there costs nothing`);
  }
  return total;
}

/**
 * The same without the checks, for a run that has made them.
 *
 * @throws FellowshipError `bad_input` where the file can't be read to its end
 */
export async function forecastRows(options: ForecastOptions): Promise<Forecast> {
  const { budgetUsd, spentUsd = 0, limit = Infinity, signal, priceOf } = options;
  const total = emptyForecast();
  if (options.steps.some(({ isMaybe }) => isMaybe === true)) total.least = { calls: 0, usd: 0 };
  if (budgetUsd !== undefined) {
    total.budget = { usd: budgetUsd, reachedAtRow: null, spentUsd, largestCallUsd: 0 };
  }
  const time = createForecastTime({ ...options, writtenBy });
  const waves =
    options.batches && createForecastWaves({ ...options, ...options.batches, tokensOf });
  const repeats = countRepeats(options);
  for await (const record of readInput(options)) {
    if (record.number > limit || signal?.aborted === true) break;
    if (!isInShard(options.shard, record.number)) continue;
    if (options.skip?.(record.number) === true) continue;
    total.rows += 1;
    const sizes = options.sizesOf(record);
    if (sizes === null) total.unusable += 1;
    else {
      const steps = repeats.stepsOf(record);
      addRow(total, time, [sizes].flat(), { ...options, steps });
      waves?.addRow([sizes].flat(), steps);
      watchBudget(total, [sizes].flat(), record.number, { ...options, steps });
    }
  }
  const { seconds, boundBy } = time.total();
  total.seconds = Math.round(seconds * 10) / 10;
  if (waves !== undefined) {
    total.batches = waves.total();
    const { waves: each, hoursAWave } = total.batches;
    total.seconds = each.length * (hoursAWave ?? 0) * 3600;
  }
  total.cost.usd = roundedUsd(total.cost.usd);
  if (total.least !== undefined) {
    total.least.usd = roundedUsd(total.least.usd);
    total.assumptions.push(
      "the lower figures: no row goes on to a later step of a cascade; the higher ones: " +
        "every row does",
    );
  }
  if (repeats.rows > 0) total.assumptions.push(repeats.text());
  total.tokens = { in: Math.round(total.tokens.in), out: Math.round(total.tokens.out) };
  const ofTime = waves === undefined ? timeAssumptions(options, boundBy) : [];
  total.assumptions.push(...ofTime, ...(options.assumptions ?? []));
  const calls = options.steps.flatMap((step) => step.calls);
  const unpriced = calls.filter(({ model, agent }) => priceOf(model, agent) === null);
  for (const model of new Set(unpriced.map((call) => call.model))) {
    total.assumptions.push(
      `${model} has no price: its cost is unknown (give one at the agent, or with --prices FILE)`,
    );
  }
  return total;
}

function modelsIn({ steps }: Pick<ForecastOptions, "steps">): string[] {
  return steps.flatMap(({ calls }) => calls.map(({ model }) => model));
}

function emptyForecast(): Forecast {
  return {
    rows: 0,
    unusable: 0,
    calls: 0,
    tokens: { in: 0, out: 0 },
    cost: { usd: 0, unknown: 0 },
    seconds: 0,
    assumptions: [
      `responses of ${usual.response} tokens where the input holds none, reviews and ` +
        `statements of ${usual.review}, verdicts of ${usual.verdict}`,
      "all rounds run, nothing is asked twice",
    ],
  };
}

function timeAssumptions(
  { steps, concurrency }: Pick<ForecastOptions, "steps" | "concurrency">,
  boundBy: string | null,
): string[] {
  const { firstTokenSeconds, tokensPerSecond } = assumedPace;
  if (modelsIn({ steps }).every(isInProcess))
    return ["models that answer in this process take no time"];
  const pace =
    `an answer begins after ${firstTokenSeconds} second and comes at ${tokensPerSecond} ` +
    `tokens a second; rows in flight: ${concurrency}`;
  return boundBy === null ? [pace] : [pace, `the time is what limits allow: ${boundBy}`];
}

/** Several runs one after another: their calls, tokens, dollars and seconds together. */
export function sumForecasts(
  forecasts: readonly Forecast[],
): Pick<Forecast, "calls" | "tokens" | "cost" | "seconds" | "least"> {
  const isRange = forecasts.some(({ least }) => least !== undefined);
  const sum = (of: (one: Forecast) => number) =>
    forecasts.reduce((total, one) => total + of(one), 0);
  return {
    calls: sum(({ calls }) => calls),
    tokens: { in: sum(({ tokens }) => tokens.in), out: sum(({ tokens }) => tokens.out) },
    cost: {
      usd: roundedUsd(sum(({ cost }) => cost.usd)),
      unknown: sum(({ cost }) => cost.unknown),
    },
    seconds: Math.round(sum(({ seconds }) => seconds) * 10) / 10,
    ...(isRange
      ? {
          least: {
            calls: sum(({ calls, least }) => least?.calls ?? calls),
            usd: roundedUsd(sum(({ cost, least }) => least?.usd ?? cost.usd)),
          },
        }
      : {}),
  };
}

function addRow(
  total: Forecast,
  time: ForecastTime,
  answers: readonly RowSizes[],
  { steps, priceOf }: Pick<ForecastOptions, "steps" | "priceOf">,
): void {
  time.addRow(answers.length);
  for (const sizes of answers) {
    for (const { calls, times, isMaybe } of steps) {
      for (const call of calls) {
        const tokens = tokensOf(call, sizes);
        const price = priceOf(call.model, call.agent);
        time.addCalls(call, times * call.copies, tokens);
        addCalls(total, times * call.copies, tokens, price);
        if (total.least === undefined || isMaybe === true) continue;
        total.least.calls += times * call.copies;
        total.least.usd += times * call.copies * usdOf(tokens, price);
      }
    }
  }
}

/**
 * A call is let through where its worst case still fits, so that a budget ends a run before it is
 * spent.
 */
function watchBudget(
  { budget, cost }: Forecast,
  answers: readonly RowSizes[],
  row: number,
  { steps, priceOf }: Pick<ForecastOptions, "steps" | "priceOf">,
): void {
  if (budget === undefined) return;
  let aboveExpected = 0;
  for (const sizes of answers) {
    for (const call of steps.flatMap(({ calls }) => calls)) {
      const price = priceOf(call.model, call.agent);
      if (price === null || price === "free") continue;
      const tokens = tokensOf(call, sizes);
      const { maxTokens = defaultLongestAnswer } = call;
      const worst = (bytesOfToken * tokens.in * price.in + maxTokens * price.out) / 1_000_000;
      const expected = (tokens.in * price.in + tokens.out * price.out) / 1_000_000;
      budget.largestCallUsd = Math.max(budget.largestCallUsd, worst);
      aboveExpected = Math.max(aboveExpected, worst - expected);
    }
  }
  if (budget.spentUsd + cost.usd + aboveExpected > budget.usd) budget.reachedAtRow ??= row;
}

function addCalls(
  total: Forecast,
  times: number,
  tokens: Forecast["tokens"],
  price: ReturnType<PriceOf>,
): void {
  total.calls += times;
  total.tokens.in += times * tokens.in;
  total.tokens.out += times * tokens.out;
  if (price === null) total.cost.unknown += times;
  else total.cost.usd += times * usdOf(tokens, price);
}

/** What a call costs; 0 where that is unknown, which is counted elsewhere. */
function usdOf(tokens: Forecast["tokens"], price: ReturnType<PriceOf>): number {
  if (price === null || price === "free") return 0;
  return (tokens.in * price.in + tokens.out * price.out) / 1_000_000;
}

function tokensOf(call: ForecastCall, { prompt, response }: RowSizes): Forecast["tokens"] {
  const { role, responses, remarks } = call;
  const shown = prompt + responses * (response ?? usual.response) + remarks * usual.review;
  return { in: shown + roleNamed(role).usualTokens.instructions, out: writtenBy(call) };
}

function writtenBy({ role, maxTokens = Infinity }: ForecastCall): number {
  return Math.min(roleNamed(role).usualTokens.answer, maxTokens);
}

/** Tokens of a text, about: four characters of Latin script are one, a character of others is. */
export function roughTokens(text: string): number {
  let tokens = 0;
  for (const character of text) tokens += character < "\u0250" ? 0.25 : 0.8;
  return Math.ceil(tokens);
}
