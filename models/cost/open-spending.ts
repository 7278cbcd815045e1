import {
  createBudget,
  refuseUnpriced,
  type AskedAgent,
  type Budget,
  type Spent,
  type UnpricedRefusal,
} from "./budget.ts";
import { loadPrices, priceTable, type PriceOf, type PriceOptions } from "./prices.ts";
import { defaultLongestAnswer } from "./worst-case-tokens.ts";

export type SpendingOptions = PriceOptions & {
  /** In dollars; no limit where not given, and the budget only keeps account. */
  readonly budgetUsd?: number | undefined;
  /** A price table to read in place of `models/prices.yaml`. */
  readonly prices?: string | undefined;
  /** Other prices made of these, as those of batches. */
  readonly repriced?: ((live: PriceOf) => PriceOf) | undefined;
  /** Wording of the refusal of a model without a price. Default: that of `--budget`. */
  readonly refusal?: UnpricedRefusal | undefined;
};

/** The money side of a run: its prices, the bounds that its budget needs, and the budget itself. */
export type Spending = {
  readonly priceOf: PriceOf;
  /** The same for calls that are sent one by one; other where calls go into batches. */
  readonly livePriceOf: PriceOf;
  /**
   * The longest answer, in tokens, that a model is asked for where its agent sets no `maxTokens`.
   * Undefined without a budget and for models that cost nothing: their answers need no bound.
   */
  readonly longestAnswerOf: (model: string, agent?: string) => number | undefined;
  /**
   * Refuses, under a budget, models without a price: their calls have no worst case to set aside.
   *
   * @throws FellowshipError `bad_usage` naming the models and the price table
   */
  readonly refuseUnpriced: (agents: readonly AskedAgent[]) => void;
  /** Opens the budget; `spent` is what earlier sessions of the run spent. */
  readonly openBudget: (spent?: Spent) => Budget;
};

/**
 * Reads the prices, and returns all that a run needs to know about money.
 *
 * @throws FellowshipError `bad_usage` where the price table can't be read
 * @example
 * const spending = openSpending({ budgetUsd: 5 });
 * spending.refuseUnpriced([{ name: "judge", model: "openai:gpt-4o" }]);
 * const budget = spending.openBudget();
 */
export function openSpending({
  budgetUsd,
  prices = priceTable,
  refusal,
  repriced = (live) => live,
  ...known
}: SpendingOptions): Spending {
  const livePriceOf = loadPrices(prices, known);
  const priceOf = repriced(livePriceOf);
  return {
    priceOf,
    livePriceOf,
    longestAnswerOf: (model, agent) =>
      budgetUsd === undefined || priceOf(model, agent) === "free"
        ? undefined
        : defaultLongestAnswer,
    refuseUnpriced: (agents) => {
      if (budgetUsd !== undefined) refuseUnpriced(agents, priceOf, refusal);
    },
    openBudget: (spent) =>
      createBudget({ limitUsd: budgetUsd, priceOf, ...(spent === undefined ? {} : { spent }) }),
  };
}
