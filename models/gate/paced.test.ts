import { describe, expect, it } from "vitest";
import { someAnswer, someFailure, someSend } from "../../tests/gate-sends.ts";
import type { Ticket } from "../rate-limit/limiter.ts";
import { createHaltSwitch } from "./failure/halt-switch.ts";
import { paced, spaced } from "./paced.ts";
import type { Pacer } from "./pacing.ts";
import type { Next } from "./step.ts";

/** A pacer that lets all out, and writes down how each ended. */
function recordingPacer() {
  const ended: unknown[] = [];
  const pacer: Pacer = {
    ready: async () => ({}) as Ticket,
    departure: async () => undefined,
    slots: () => Infinity,
    heard: (_, headers) => void ended.push(headers.get("x-ratelimit-remaining")),
    ended: (_, sent) => void ended.push(sent),
  };
  return { ended, pacer };
}

describe("a paced send", () => {
  it("tells the limiter of every end once, also where the chain throws", async () => {
    const { ended, pacer } = recordingPacer();
    const step = paced({ pacerOf: () => pacer, stop: createHaltSwitch() });
    const results = [someAnswer(), someFailure(), null];
    for (const result of results) {
      expect(await step(await someSend(), async () => result)).toBe(result);
    }
    const bug: Next = () => Promise.reject(new Error("a bug"));
    await expect(step(await someSend(), bug)).rejects.toThrow("a bug");
    expect(ended).toEqual([...results, null]);
  });

  it("hands the headers of a response to the limiter", async () => {
    const { ended, pacer } = recordingPacer();
    const step = paced({ pacerOf: () => pacer, stop: createHaltSwitch() });
    await step(await someSend(), async ({ heard }) => {
      heard(new Headers({ "x-ratelimit-remaining": "7" }));
      return null;
    });
    expect(ended).toEqual(["7", null]);
  });

  it("does not leave once the run is halted, and gives its ticket back", async () => {
    const { ended, pacer } = recordingPacer();
    const stop = createHaltSwitch();
    const late: Pacer = {
      ...pacer,
      ready: async () => {
        stop.abort();
        return {} as Ticket;
      },
    };
    const step = paced({ pacerOf: () => late, stop });
    expect(await step(await someSend(), async () => someAnswer())).toBeNull();
    expect(ended).toEqual([null]);
  });
});

describe("a spaced send", () => {
  it("leaves after its departure, and not once the run is halted", async () => {
    const stop = createHaltSwitch();
    const { pacer } = recordingPacer();
    const step = spaced({ pacerOf: () => pacer, stop });
    const answer = someAnswer();
    expect(await step(await someSend(), async () => answer)).toBe(answer);
    stop.abort();
    expect(await step(await someSend(), async () => answer)).toBeNull();
  });
});
