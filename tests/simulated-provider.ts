import { createLimiter, type LimiterOptions } from "../models/rate-limit/limiter.ts";
import type { StatedLimit } from "../models/wire/stated-limits.ts";

/**
 * Says null where it takes a request, else how long until it would. `open`: those it has taken and
 * not answered; `tries`: how often it has refused this one.
 */
export type Provider = (now: number, open: number, tries?: number) => number | null;

/** A bucket of tokens, full at first. */
export function bucket(perSecond: number, size: number): Provider {
  let tokens = size;
  let filledAt = 0;
  return (now) => {
    tokens = Math.min(size, tokens + ((now - filledAt) * perSecond) / 1_000);
    filledAt = now;
    if (tokens < 1 - 1e-9) return (1_000 * (1 - tokens)) / perSecond;
    tokens -= 1;
    return null;
  };
}

/** At most so many in any window of this length. */
export function slidingWindow(count: number, lengthMs: number): Provider {
  const taken: number[] = [];
  return (now) => {
    const oldest = taken.at(-count);
    if (oldest !== undefined && oldest > now - lengthMs) return oldest + lengthMs - now;
    taken.push(now);
    return null;
  };
}

/** At most so many from one full second, or minute, to the next. */
export function fixedWindow(count: number, lengthMs: number): Provider {
  let window = -1;
  let taken = 0;
  return (now) => {
    const current = Math.floor((now + 300) / lengthMs);
    if (current !== window) taken = 0;
    window = current;
    if (taken >= count) return (current + 1) * lengthMs - now - 300;
    taken += 1;
    return null;
  };
}

type Stated = { readonly provider: Provider; readonly states: (now: number) => StatedLimit };

/** A bucket that states its content and when it will be full, as OpenAI and Groq do. */
export function statedBucket(perSecond: number, size: number): Stated {
  let tokens = size;
  let filledAt = 0;
  function fill(now: number): void {
    tokens = Math.min(size, tokens + ((now - filledAt) * perSecond) / 1_000);
    filledAt = now;
  }
  return {
    provider(now) {
      fill(now);
      if (tokens < 1 - 1e-9) return (1_000 * (1 - tokens)) / perSecond;
      tokens -= 1;
      return null;
    },
    states(now) {
      fill(now);
      const resetMs = Math.ceil((1_000 * (size - tokens)) / perSecond);
      return {
        name: "rate",
        counts: "requests",
        limit: size,
        remaining: Math.floor(tokens),
        resetMs,
      };
    },
  };
}

/** A fixed window that states what is left of it and when it ends, in whole seconds. */
export function statedWindow(count: number, lengthMs: number, cost = 1): Stated {
  let window = 0;
  let left = count;
  function open(now: number): void {
    if (Math.floor(now / lengthMs) !== window) left = count;
    window = Math.floor(now / lengthMs);
  }
  return {
    provider(now) {
      open(now);
      if (left < cost) return (window + 1) * lengthMs - now;
      left -= cost;
      return null;
    },
    states(now) {
      open(now);
      const resetMs = 1_000 * Math.ceil(((window + 1) * lengthMs - now) / 1_000);
      const counts = cost === 1 ? "requests" : "tokens";
      return { name: "rate", counts, limit: count, remaining: left, resetMs };
    },
  };
}

/** At most so many side by side. */
export function openAtMost(count: number): Provider {
  return (_, open) => (open < count ? null : 0);
}

/**
 * Refuses this share of all requests, once each, whatever their rate, and asks for so long a wait.
 */
export function overloaded(share: number, waitMs: Spread): Provider {
  const random = seededRandom(2);
  return (_, __, tries = 0) => (tries === 0 && random() < share ? waitMs(random) : null);
}

/** One provider until a time, and another from then on. */
export function changing(atMs: number, before: Provider, after: Provider): Provider {
  return (now, open) => (now < atMs ? before : after)(now, open);
}

/**
 * What a provider says of the time that it wants us to wait: nothing, milliseconds, whole seconds,
 * a date.
 */
export type Hint = "none" | "exact" | "seconds" | "date";

/** A time in milliseconds, which may differ from request to request. */
export type Spread = (random: () => number) => number;

type Simulation = LimiterOptions & {
  /** Each has one request on its way or in line, always. */
  readonly callers: number;
  readonly seconds: number;
  /** From when on goodput is measured. Default 10. */
  readonly fromSecond?: number;
  /** Default 200 milliseconds, for answers and refusals. */
  readonly latencyMs?: Spread;
  readonly refusalMs?: Spread;
  /** Default none. */
  readonly hint?: Hint;
  /** The limit as responses state it. */
  readonly states?: (now: number) => StatedLimit;
  /** The tokens of each answer. Default none are known. */
  readonly tokens?: number;
};

type Event = { readonly at: number; readonly happen: () => void };

/**
 * Runs callers through a limiter against a provider, on a clock of its own; the same every time.
 * Timers are as coarse as real ones. `goodput`: requests taken a second; `hintsBroken`: requests
 * that left before a time that was asked for.
 */
export function simulate(provider: Provider, simulation: Simulation) {
  const { callers, seconds, fromSecond = 10, latencyMs = () => 200 } = simulation;
  const { refusalMs = latencyMs, hint = "none" } = simulation;
  const random = seededRandom(1);
  const limiter = createLimiter(simulation);
  const events: Event[] = [];
  let now = 0;
  /** How often each one in line has been refused. */
  const waiting = Array.from({ length: callers }, () => 0);
  let [open, sent, taken, takenLate, hintsBroken, held] = [0, 0, 0, 0, 0, 0];
  let wakeAt = Infinity;
  const later = (delayMs: number, happen: () => void) =>
    push(events, { at: now + delayMs, happen });

  function send(): void {
    const ticket = limiter.take(now, 0);
    const tries = waiting.shift() ?? 0;
    const untilMs = provider(now, open, tries);
    const stated = simulation.states === undefined ? [] : [simulation.states(now)];
    sent += 1;
    if (now < held) hintsBroken += 1;
    if (untilMs === null) {
      open += 1;
      taken += 1;
      if (now >= fromSecond * 1_000) takenLate += 1;
      later(latencyMs(random), () => {
        open -= 1;
        limiter.stated(ticket, now, stated);
        limiter.accepted(ticket, now, simulation.tokens ?? null);
        comeBack(0);
      });
      return;
    }
    const hintMs = hintOf(hint, untilMs, now);
    later(refusalMs(random), () => {
      if (hintMs !== null) held = Math.max(held, now + hintMs);
      limiter.stated(ticket, now, stated);
      limiter.refused(ticket, now, hintMs);
      comeBack(tries + 1);
    });
  }

  function comeBack(tries: number): void {
    waiting.push(tries);
    move();
  }

  function move(): void {
    while (waiting.length > 0) {
      const waitMs = limiter.waitMs(now);
      if (waitMs === 0) {
        send();
        continue;
      }
      const at = now + Math.max(1, Math.ceil(waitMs));
      if (at < wakeAt) {
        wakeAt = at;
        later(at - now, () => {
          if (wakeAt === at) wakeAt = Infinity;
          move();
        });
      }
      return;
    }
  }

  move();
  for (let event = pop(events); event && event.at <= seconds * 1_000; event = pop(events)) {
    now = event.at;
    event.happen();
  }
  return {
    goodput: takenLate / (seconds - fromSecond),
    requestsPerTaken: sent / Math.max(1, taken),
    hintsBroken,
  };
}

function hintOf(hint: Hint, untilMs: number, now: number): number | null {
  switch (hint) {
    case "none":
      return null;
    case "exact":
      return Math.ceil(untilMs);
    case "seconds":
      return Math.max(1_000, 1_000 * Math.ceil(untilMs / 1_000));
    case "date":
      return 1_000 * Math.ceil((now + untilMs) / 1_000) - now;
  }
}

/** From 0 to 1, the same for the same seed (mulberry32, public domain). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A binary heap: the earliest first. */
function push(events: Event[], event: Event): void {
  let at = events.push(event) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (timeOf(events, above) <= event.at) break;
    swap(events, at, above);
    at = above;
  }
}

function pop(events: Event[]): Event | undefined {
  swap(events, 0, events.length - 1);
  const first = events.pop();
  for (let at = 0; ;) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const smaller = timeOf(events, right) < timeOf(events, left) ? right : left;
    if (timeOf(events, smaller) >= timeOf(events, at)) return first;
    swap(events, at, smaller);
    at = smaller;
  }
}

function timeOf(events: readonly Event[], index: number): number {
  return events[index]?.at ?? Infinity;
}

function swap(events: Event[], one: number, other: number): void {
  const [first, second] = [events[one], events[other]];
  if (first === undefined || second === undefined) return;
  events[one] = second;
  events[other] = first;
}
