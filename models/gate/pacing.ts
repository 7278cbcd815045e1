import type { ResponseHeaders } from "../wire/wire.ts";
import { createTokenEstimate } from "../cost/estimate-tokens.ts";
import type { Endpoint } from "../endpoint.ts";
import { statedLimits } from "../wire/stated-limits.ts";
import { createGivenLimits, type Limits } from "../rate-limit/given-limits.ts";
import { createLimiter, type Ticket } from "../rate-limit/limiter.ts";
import { createLimitLine } from "../rate-limit/request-queue.ts";
import { isFailure, type Answer, type Send, type Sent } from "./step.ts";
import { waitFor } from "./failure/wait-for.ts";

/** Decides when requests to one model, or one address of it, leave; all calls to it share one. */
export type Pacer = {
  /** Resolves with a ticket when a request may go out, with null when the signal is aborted. */
  readonly ready: (send: Send, signal: AbortSignal) => Promise<Ticket | null>;
  /** Resolves when a request with a ticket may be sent: not together with the one before it. */
  readonly departure: (signal: AbortSignal) => Promise<void>;
  /**
   * How many requests it works on at once; Infinity while that is unknown, 0 while the provider
   * holds them back.
   */
  readonly slots: (now: number) => number;
  /** Passes the limits that the headers of a response state to the limiter. */
  readonly heard: (ticket: Ticket, headers: ResponseHeaders) => void;
  /** Reports to the limiter how a request ended. */
  readonly ended: (ticket: Ticket, sent: Sent) => void;
};

export type PacingOptions = {
  /** Limits known beforehand, by model spec or by provider. */
  readonly limits?: Readonly<Record<string, Limits>> | undefined;
  /** The scale of all waiting without a hint, in milliseconds. */
  readonly retryMs: number;
};

/** Opens the pacing of a run; returns the pacer of a model. */
export function createPacing({
  limits = {},
  retryMs,
}: PacingOptions): (endpoint: Endpoint) => Pacer {
  const given = new Map(
    Object.entries(limits).map(([name, one]) => [name, createGivenLimits(one)]),
  );
  const estimate = createTokenEstimate();
  const needsTokens = given.size > 0;
  const pacers = new Map<string, Pacer>();

  function createPacer({ spec, protocol }: Endpoint): Pacer {
    const names = [spec, spec.slice(0, spec.indexOf(":"))];
    const own = names.map((name) => given.get(name)).filter((one) => one !== undefined);
    const softStart = protocol !== null && own.length === 0;
    const limiter = createLimiter({ given: own, softStart, firstWaitMs: retryMs });
    const queue = createLimitLine(limiter);
    for (const one of own) one.onEnded.add(() => queue.move());
    return {
      ready: ({ call, endpoint }, signal) =>
        queue.join(needsTokens ? estimate.of(call, endpoint) : 0, signal),
      async departure(signal) {
        const now = performance.now();
        const waitMs = Math.max(0, ...own.map((one) => one.departureMs(now)));
        if (waitMs >= 1) await waitFor(waitMs, signal);
      },
      slots: (now) => limiter.slots(now),
      heard(ticket, headers) {
        limiter.stated(ticket, performance.now(), statedLimits(headers));
      },
      ended(ticket, sent) {
        const now = performance.now();
        if (sent === null) limiter.dropped(ticket);
        else if (!isFailure(sent)) {
          limiter.accepted(ticket, now, tokensOf(sent), workOf(sent));
        } else if (sent.remedy === "wait") limiter.refused(ticket, now, sent.waitMs);
        else limiter.accepted(ticket, now, null);
        queue.move();
      },
    };
  }

  /** The tokens of an answer, for the limits on tokens. */
  function tokensOf({ read: { tokens } }: Answer): number | null {
    if (tokens === null) return null;
    if (needsTokens) estimate.learn(tokens.out);
    return tokens.in + tokens.out;
  }

  return (endpoint) => {
    const { limiterName = endpoint.spec } = endpoint;
    const pacer = pacers.get(limiterName) ?? createPacer(endpoint);
    pacers.set(limiterName, pacer);
    return pacer;
  };
}

/** Reading the request counts as so many tokens of an answer. */
const tokensOfReading = 50;
/** An answer of this many tokens where the server does not count them. */
const usualTokens = 200;

/** What an answer took, in tokens of an answer; its time grows with them. */
function workOf({ read: { tokens } }: Answer): number {
  return tokensOfReading + (tokens?.out ?? usualTokens);
}
