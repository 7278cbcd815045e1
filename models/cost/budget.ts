import type { TokenUsage } from "../../state/calls/call-record.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { TokenBound } from "./worst-case-tokens.ts";
import type { Price, PriceOf } from "./prices.ts";

/** What a run has spent, in dollars. */
export type Spent = {
  /** By the counts of the providers. */
  readonly usd: number;
  /**
   * The most that sends of unknown cost may have cost: timed out, broken, answered without
   * a count.
   */
  readonly unknownUsd: number;
  /** Sends to models without a price, whose cost has no bound. */
  readonly unpriced: number;
};

/** Money set aside for one send, until it is settled or released. */
export type Reservation = {
  readonly price: Price | "free" | null;
  /** The most that the send can cost, in units. */
  readonly worst: number;
};

/** The money of one run. */
export type Budget = {
  /** Sets the worst case of a send aside; null where that would pass the limit. */
  reserve(spec: string, bound: TokenBound, agent?: string): Reservation | null;
  /**
   * As `reserve`, but waits while what is set aside for others may come free; null once it never
   * can, or when aborted.
   */
  admit(
    spec: string,
    bound: TokenBound,
    signal: AbortSignal,
    agent?: string,
    row?: number,
  ): Promise<Reservation | null>;
  /** Sets dollars aside that were promised before, even past the limit. */
  hold(usd: number): Reservation;
  /** The send is over. Without a count it stays spent at its worst case. */
  settle(reservation: Reservation, tokens: TokenUsage | null): void;
  /** The send surely cost nothing. */
  release(reservation: Reservation): void;
  /**
   * Whether calls to this model must have a worst case: there is a limit, and the model costs
   * something.
   */
  binds(spec: string, agent?: string): boolean;
  /** Why a send is not let through, in a sentence. */
  shortfall(spec: string, bound: TokenBound, agent?: string): string;
  readonly spent: Spent;
  /** Dollars set aside now. */
  readonly reservedUsd: number;
  /** What is neither spent nor perhaps spent, from 0; null without a limit. */
  readonly leftUsd: number | null;
};

/** What the calls of a run need of its budget, wherever that is kept. */
export type BudgetAccount = Pick<Budget, "admit" | "settle" | "release" | "binds" | "shortfall">;

export type BudgetOptions = {
  /** In dollars; none where not given, and the budget only keeps account. */
  readonly limitUsd?: number | undefined;
  readonly priceOf: PriceOf;
  /** By earlier sessions of the run. */
  readonly spent?: Spent;
};

export const nothingSpent: Spent = { usd: 0, unknownUsd: 0, unpriced: 0 };

/** A call that waits for room. */
type Waiter = {
  readonly reservation: Reservation;
  readonly decide: (result: Reservation | null) => void;
};

/**
 * Sums are kept in millionths of a millionth of a dollar, whole numbers, so that nothing is lost in
 * adding them up.
 */
const unitsPerUsd = 1e12;

/**
 * Opens the account of a run. What is spent, perhaps spent and set aside together never passes the
 * limit, whatever the order and the number of calls in flight; the one way past it is a provider
 * that counts more than a call's bound, whose count then stands, so that nothing more is let
 * through.
 *
 * @example
 * const budget = createBudget({ limitUsd: 5, priceOf: loadPrices(priceTable) });
 * const reservation = budget.reserve("openai:gpt-4o", { in: 900, out: 4096 });
 * if (reservation !== null) budget.settle(reservation, { in: 212, out: 340 });
 */
export function createBudget({
  limitUsd = Infinity,
  priceOf,
  spent = nothingSpent,
}: BudgetOptions): Budget {
  const limit = Math.floor(limitUsd * unitsPerUsd);
  const waiting = new Set<Waiter>();
  let known = units(spent.usd);
  let unknown = units(spent.unknownUsd);
  let unpriced = spent.unpriced;
  let reserved = 0;

  function worstCase(spec: string, bound: TokenBound, agent?: string): Reservation {
    const price = priceOf(spec, agent);
    if (price === null && limit < Infinity) throw new Error(`${spec} has no price under a budget`);
    return worstCaseOf(price, bound);
  }

  /** What costs nothing always fits, even where more than the limit was spent. */
  function fits({ worst }: Reservation): boolean {
    return worst === 0 || known + unknown + reserved + worst <= limit;
  }

  /** What is spent stays spent: not even all that is set aside could pay for it. */
  function neverFits({ worst }: Reservation): boolean {
    return worst > 0 && known + unknown + worst > limit;
  }

  function take(reservation: Reservation): Reservation {
    reserved += reservation.worst;
    return reservation;
  }

  async function admit(spec: string, bound: TokenBound, signal: AbortSignal, agent?: string) {
    const reservation = worstCase(spec, bound, agent);
    if (signal.aborted || neverFits(reservation)) return null;
    // No call overtakes a waiting one, or an expensive call would wait for all the cheap ones.
    const first = waiting.size === 0 || reservation.worst === 0;
    if (first && fits(reservation)) return take(reservation);
    return new Promise<Reservation | null>((resolve) => {
      const turnAway = () => waiter.decide(null);
      const waiter: Waiter = {
        reservation,
        decide(result) {
          waiting.delete(waiter);
          signal.removeEventListener("abort", turnAway);
          resolve(result);
        },
      };
      signal.addEventListener("abort", turnAway);
      waiting.add(waiter);
    });
  }

  /** Gives back what was set aside, and lets in who waits, in turn, as far as it reaches. */
  function free(worst: number): void {
    reserved -= worst;
    for (const { reservation, decide } of waiting) {
      if (neverFits(reservation)) decide(null);
      else if (fits(reservation)) decide(take(reservation));
      else return;
    }
  }

  function left(): number {
    return Math.max(0, limit - known - unknown);
  }

  return {
    reserve(spec, bound, agent) {
      const reservation = worstCase(spec, bound, agent);
      return fits(reservation) ? take(reservation) : null;
    },
    admit,
    hold: (usd) => take({ price: null, worst: units(usd) }),
    settle({ price, worst }, tokens) {
      if (price === null) unpriced += 1;
      else if (tokens === null) unknown += worst;
      else known += costOf(price, tokens);
      free(worst);
    },
    release: ({ worst }) => free(worst),
    binds: (spec, agent) => limit < Infinity && priceOf(spec, agent) !== "free",
    shortfall(spec, bound, agent) {
      const worstUsd = worstCase(spec, bound, agent).worst / unitsPerUsd;
      return (
        `the budget is reached: the next call to ${spec} may cost up to ` +
        `${shownUsd(worstUsd)}, and ${shownUsd(left() / unitsPerUsd)} of ` +
        `${shownUsd(limitUsd)} are left`
      );
    },
    get spent() {
      return { usd: known / unitsPerUsd, unknownUsd: unknown / unitsPerUsd, unpriced };
    },
    get reservedUsd() {
      return reserved / unitsPerUsd;
    },
    get leftUsd() {
      return limit < Infinity ? left() / unitsPerUsd : null;
    },
  };
}

/** An agent and the model that it asks. */
export type AskedAgent = { readonly name: string; readonly model: string };

/** Where a model without a price was named, and a sentence on what to do about it. */
export type UnpricedRefusal = { readonly at: string; readonly remedy: string };

/**
 * Refuses models without a price: their calls have no worst case to set aside.
 *
 * @throws FellowshipError `bad_usage` naming the models and the price table
 */
export function refuseUnpriced(
  agents: readonly AskedAgent[],
  priceOf: PriceOf,
  refusal?: UnpricedRefusal,
): void {
  const lacking = agents.filter(({ name, model }) => priceOf(model, name) === null);
  const unpriced = [...new Set(lacking.map(({ model }) => model))];
  if (unpriced.length === 0) return;
  const { at, remedy } = refusal ?? {
    at: "--budget",
    remedy:
      "Give it in dollars per million tokens, at the agent (price: { in: 0.50, out: 1.50 }) " +
      `or in a table for --prices ("${unpriced[0]}": { in: 0.50, out: 1.50 }), or leave ` +
      "--budget out.",
  };
  throw new FellowshipError(
    "bad_usage",
    `${at}: ${unpriced.join(", ")} ${unpriced.length === 1 ? "has" : "have"} no price. ${remedy}`,
    { facts: { models: unpriced } },
  );
}

/** Dollars for people: cents, and more digits where there is less than a dollar. */
export function shownUsd(usd: number): string {
  const digits = usd >= 1 || usd === 0 ? 2 : usd >= 0.01 ? 4 : 8;
  return `$${usd.toFixed(digits)}`;
}

/** The cost of a send in dollars; undefined without a price, and where nothing is charged. */
export function usdOf(price: Price | "free" | null, tokens: TokenBound): number | undefined {
  const isCharged = price !== null && price !== "free";
  return isCharged ? costOf(price, tokens) / unitsPerUsd : undefined;
}

/** The worst case of a send at a price. */
export function worstCaseOf(price: Price | "free" | null, bound: TokenBound): Reservation {
  return { price, worst: costOf(price, bound) };
}

/** What is set aside for so many dollars, in units. */
export function heldUnits(usd: number): number {
  return units(usd);
}

/** Dollars of what is set aside. */
export function heldUsd(worst: number): number {
  return worst / unitsPerUsd;
}

/** Adds up dollars without losing any: as whole units. */
export function sumUsd(parts: readonly number[]): number {
  return parts.reduce((sum, usd) => sum + units(usd), 0) / unitsPerUsd;
}

/** In units. */
function costOf(price: Price | "free" | null, tokens: TokenBound): number {
  if (price === null || price === "free") return 0;
  return tokens.in * perToken(price.in) + tokens.out * perToken(price.out);
}

/**
 * A price of dollars per million tokens, in units a token; what is finer than a unit is rounded up.
 */
function perToken(usdPerMillion: number): number {
  const exact = (usdPerMillion * unitsPerUsd) / 1e6;
  return Math.abs(exact - Math.round(exact)) < 1e-6 ? Math.round(exact) : Math.ceil(exact);
}

function units(usd: number): number {
  return Math.round(usd * unitsPerUsd);
}
