import type { ResponseHeaders } from "../wire/wire.ts";
import type { Endpoint } from "../endpoint.ts";
import type { HaltSwitch } from "./failure/halt-switch.ts";
import type { Pacer } from "./pacing.ts";
import type { Sent, Step } from "./step.ts";

export type PacedOptions = {
  readonly pacerOf: (endpoint: Endpoint) => Pacer;
  readonly stop: HaltSwitch;
};

/**
 * Lets a send go on when the limits of its model allow it, and reports to the limiter how it ended.
 */
export function paced({ pacerOf, stop: { halting } }: PacedOptions): Step {
  return async (send, next) => {
    const pacer = pacerOf(send.endpoint);
    const ticket = await pacer.ready(send, halting);
    if (ticket === null) return null;
    let sent: Sent = null;
    try {
      if (!halting.aborted) {
        const heard = (headers: ResponseHeaders) => pacer.heard(ticket, headers);
        sent = await next({ ...send, heard });
      }
      return sent;
    } finally {
      // A request that ended in a bug of ours must not stay open for the limiter.
      pacer.ended(ticket, sent);
    }
  };
}

/**
 * Spaces requests again that were written to the journal together: between the ticket of a request
 * and its way out lies a write to the disk, which brings neighbours together.
 */
export function spaced({ pacerOf, stop: { halting } }: PacedOptions): Step {
  return async (send, next) => {
    if (send.endpoint.protocol === null) return next(send);
    await pacerOf(send.endpoint).departure(halting);
    return halting.aborted ? null : next(send);
  };
}
