import type { PriceOf } from "../../models/cost/prices.ts";
import type { ForecastCall, ForecastStep } from "../../topologies/session/forecast-calls.ts";
import { roundedUsd } from "../accounting/tally.ts";

/** What a run in batches would send in one wave. */
export type ForecastWave = {
  readonly wave: number;
  readonly calls: number;
  readonly tokens: { readonly in: number; readonly out: number };
  /** At the price of the batches. */
  readonly usd: number;
  /** At the live price. */
  readonly liveUsd: number;
};

/** How the calls of a run would go into batches. */
export type BatchForecast = {
  readonly waves: readonly ForecastWave[];
  /** The longest time that a wave takes; null where files are answered, on any machine. */
  readonly hoursAWave: number | null;
};

export type ForecastedBatches = {
  /** Whether the calls of a model go into batches. */
  readonly takes: (model: string) => boolean;
  readonly livePriceOf: PriceOf;
  readonly hoursAWave: number | null;
};

type Parts<Sizes> = ForecastedBatches & {
  readonly steps: readonly ForecastStep[];
  readonly priceOf: PriceOf;
  readonly tokensOf: (call: ForecastCall, sizes: Sizes) => ForecastWave["tokens"];
};

/** Counts what goes into each wave, row by row. */
export function createForecastWaves<Sizes>({ steps, takes, tokensOf, ...prices }: Parts<Sizes>) {
  const { priceOf, livePriceOf, hoursAWave } = prices;
  const whole = wavesOf(steps, takes).length;
  const waves: { calls: number; in: number; out: number; usd: number; liveUsd: number }[] = [];

  function add(wave: number, call: ForecastCall, sizes: Sizes): void {
    const tokens = tokensOf(call, sizes);
    const { model, agent, copies } = call;
    const sums = (waves[wave] ??= { calls: 0, in: 0, out: 0, usd: 0, liveUsd: 0 });
    sums.calls += copies;
    sums.in += copies * tokens.in;
    sums.out += copies * tokens.out;
    sums.usd += copies * usdOf(tokens, priceOf(model, agent));
    sums.liveUsd += copies * usdOf(tokens, livePriceOf(model, agent));
  }

  return {
    /**
     * @param answers The sizes of each answer of the row that is taken up, one after another
     * @param asked The steps that are asked for the row: all, or the last of them
     */
    addRow(answers: readonly Sizes[], asked: readonly ForecastStep[]): void {
      const own = wavesOf(asked, takes);
      for (const [answer, sizes] of answers.entries()) {
        for (const [index, calls] of own.entries()) {
          const wave = answer * whole + (whole - own.length) + index;
          for (const call of calls) add(wave, call, sizes);
        }
      }
    },
    total(): BatchForecast {
      const shown = [...waves].map((sums, index) => ({
        wave: index + 1,
        calls: sums?.calls ?? 0,
        tokens: { in: Math.round(sums?.in ?? 0), out: Math.round(sums?.out ?? 0) },
        usd: roundedUsd(sums?.usd ?? 0),
        liveUsd: roundedUsd(sums?.liveUsd ?? 0),
      }));
      return { waves: shown, hoursAWave };
    },
  };
}

/** The calls of each wave of a row; steps that are taken in turn alternate. */
function wavesOf(
  steps: readonly ForecastStep[],
  takes: (model: string) => boolean,
): ForecastCall[][] {
  const waves: ForecastCall[][] = [];
  for (let from = 0; from < steps.length;) {
    const times = steps[from]?.times ?? 1;
    const next = steps.findIndex((one, index) => index > from && one.times !== times);
    const turn = steps.slice(from, next === -1 ? steps.length : next);
    for (let round = 0; round < times; round += 1) {
      waves.push(...turn.map(({ calls }) => calls.filter(({ model }) => takes(model))));
    }
    from += turn.length;
  }
  return waves.filter((calls) => calls.length > 0);
}

function usdOf(tokens: ForecastWave["tokens"], price: ReturnType<PriceOf>): number {
  if (price === null || price === "free") return 0;
  return (tokens.in * price.in + tokens.out * price.out) / 1_000_000;
}
