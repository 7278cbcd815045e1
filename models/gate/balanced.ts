import type { Endpoint } from "../endpoint.ts";
import type { Pacer } from "./pacing.ts";
import { isFailure, type Sent, type Step } from "./step.ts";
import type { WireFailure } from "../wire/classify-failure.ts";

export type BalancedOptions = {
  readonly pacerOf: (endpoint: Endpoint) => Pacer;
  /** The first rest of an address that failed, in milliseconds; doubled each time. */
  readonly restMs: number;
  /** Called with a sentence when an address fails, and when it answers again. */
  readonly onNotice: (message: string) => void;
};

/** One address of a model. */
type Address = {
  readonly endpoint: Endpoint;
  /** Calls on their way to it, or waiting for its limiter. */
  open: number;
  sent: number;
  answered: number;
  /** Since its last answer. */
  failures: number;
  restsUntil: number;
};

/** An address that comes back is noticed in this time; a call that finds it gone goes elsewhere. */
const longestRestMs = 5_000;

/**
 * Sends each call to one of the addresses of its model: to one with a free slot, else to the one
 * with the fewest calls for its slots. An address that failed rests, and then gets a single call
 * until it answers; the call itself is sent again by the step before this one, elsewhere.
 */
export function balanced({ pacerOf, restMs, onNotice }: BalancedOptions): Step {
  const known = new Map<string, Address>();

  function addressOf(endpoint: Endpoint): Address {
    const { limiterName = endpoint.spec } = endpoint;
    const address = known.get(limiterName) ?? newAddress(endpoint);
    known.set(limiterName, address);
    return address;
  }

  function noteResult(address: Address, sent: Sent, others: readonly Address[]): Sent {
    if (sent === null) return null;
    const server = address.endpoint.server ?? "";
    if (!isFailure(sent)) {
      if (address.failures > 0) onNotice(`${server} answers again.`);
      address.failures = 0;
      address.answered += 1;
      return sent;
    }
    const failure = placed(sent, server, others);
    if (!isOfServer(failure)) return failure;
    const now = performance.now();
    // Calls that were on their way together failed together.
    if (now < address.restsUntil) return failure;
    address.failures += 1;
    address.restsUntil = now + Math.min(longestRestMs, restMs * 2 ** (address.failures - 1));
    if (address.failures === 1 && others.length > 0)
      onNotice(`${failure.detail}. Calls go to the other addresses.`);
    return failure;
  }

  return async (send, next) => {
    const addresses = send.endpoint.replicas?.map(addressOf) ?? [];
    const address = chooseAddress(addresses, pacerOf, performance.now());
    if (address === undefined) return next(send);
    address.open += 1;
    address.sent += 1;
    try {
      const sent = await next({ ...send, endpoint: address.endpoint });
      return noteResult(
        address,
        sent,
        addresses.filter((one) => one !== address),
      );
    } finally {
      address.open -= 1;
    }
  };
}

function newAddress(endpoint: Endpoint): Address {
  return { endpoint, open: 0, sent: 0, answered: 0, failures: 0, restsUntil: 0 };
}

function chooseAddress(
  addresses: readonly Address[],
  pacerOf: (endpoint: Endpoint) => Pacer,
  now: number,
): Address | undefined {
  const ready = addresses.filter(
    ({ restsUntil, failures, open }) => now >= restsUntil && (failures === 0 || open === 0),
  );
  // Where all rest, the one that has rested most is asked.
  if (ready.length === 0)
    return addresses.toSorted((one, other) => one.restsUntil - other.restsUntil)[0];
  const rated = ready.map((address) => ({ address, ...loadOf(address, pacerOf, now) }));
  const [best] = rated.toSorted(
    (one, other) =>
      one.rank - other.rank ||
      one.load - other.load ||
      one.address.open - other.address.open ||
      one.address.sent - other.address.sent,
  );
  return best?.address;
}

/**
 * A slot that is known to be free comes first; then an address whose slots are unknown, where more
 * calls show how many they are; then the shortest queue for its slots.
 */
const ranks = { free: 0, unknown: 1, full: 2, held: 3 } as const;

function loadOf(
  { endpoint, open, answered }: Address,
  pacerOf: (endpoint: Endpoint) => Pacer,
  now: number,
): { readonly rank: number; readonly load: number } {
  const slots = pacerOf(endpoint).slots(now);
  if (slots === 0) return { rank: ranks.held, load: open };
  // By the time that a call there would take (Little's law), once answers tell that.
  if (slots === Infinity) return { rank: ranks.unknown, load: (open + 1) / (answered + 8) };
  return { rank: open < slots ? ranks.free : ranks.full, load: (open + 1) / slots };
}

/**
 * The failure with its address. A refusal of the key or the model at one address is that address's
 * alone where another has answered.
 */
function placed(sent: WireFailure, server: string, others: readonly Address[]): WireFailure {
  const { isUnreached, ...rest } = sent;
  // Where there are other addresses, notice of one that can't be reached is given here alone.
  const isTold = isUnreached === true && others.length === 0;
  const failure = {
    ...rest,
    ...(isTold ? { isUnreached } : {}),
    detail: `${server}: ${sent.detail}`,
  };
  // Its limiter has heard how long it asks to wait; the call itself can go elsewhere at once.
  if (failure.remedy === "wait" && others.length > 0) return { ...failure, waitMs: null };
  const isRefusal = failure.remedy === "run" && failure.outcome === "provider_refused";
  if (!isRefusal || !others.some(({ answered }) => answered > 0)) return failure;
  return { ...failure, outcome: "provider_error", remedy: "transient" };
}

/** Whether a failure speaks against the server, and not against the request or its rate. */
function isOfServer({ remedy, outcome }: WireFailure): boolean {
  return outcome !== "interrupted" && ["transient", "overloaded", "once"].includes(remedy);
}
