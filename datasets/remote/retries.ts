import { setTimeout as sleep } from "node:timers/promises";
import { FellowshipError, isFellowshipError } from "../../state/fellowship-error.ts";
import type { RemoteResponse } from "./remote-request.ts";

/** Tries in a row that bring nothing. */
const mostFailures = 6;
const firstWaitMs = 250;
const longestWaitMs = 30_000;

/** A server that may answer later: too many requests, overload. */
class BusyServer extends Error {
  readonly retryAfterMs: number;
  constructor(status: number, retryAfter: string | undefined) {
    super(`it answered with status ${status}`);
    this.retryAfterMs = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) * 1000 : 0;
  }
}

/** @throws an error to wait after, for a response that asks to come again later. */
export async function refuseBusy({ status, headers, body }: RemoteResponse): Promise<void> {
  if (status !== 408 && status !== 429 && status < 500) return;
  await body.dump();
  throw new BusyServer(status, headers["retry-after"]);
}

/** The tries at one address. */
type Tries = {
  /** Those in a row that failed, the last one included. */
  readonly failures: number;
  /** For the message. */
  readonly address: string;
  /** Whether it has answered before. */
  readonly hasAnswered: boolean;
};

/**
 * Waits before another try, longer after each one that failed.
 *
 * @throws FellowshipError after too many: `service_failed` where the server had answered before,
 *   else `bad_input`; an error of ours at once
 */
export async function waitToRetry(
  error: unknown,
  { failures, address, hasAnswered }: Tries,
): Promise<void> {
  if (isFellowshipError(error)) throw error;
  if (failures > mostFailures) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new FellowshipError(
      hasAnswered ? "service_failed" : "bad_input",
      `${address}: the server can't be reached (${reason}), after ${failures} tries. ` +
        "Check the connection and HTTPS_PROXY; the same command continues later.",
      { facts: { address }, cause: error },
    );
  }
  const asked = error instanceof BusyServer ? error.retryAfterMs : 0;
  await sleep(Math.min(longestWaitMs, Math.max(asked, firstWaitMs * 2 ** (failures - 1))));
}
