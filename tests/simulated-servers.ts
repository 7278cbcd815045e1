import { vi } from "vitest";
import { balanced } from "../models/gate/balanced.ts";
import { createHaltSwitch } from "../models/gate/failure/halt-switch.ts";
import { paced } from "../models/gate/paced.ts";
import { createPacing } from "../models/gate/pacing.ts";
import { createRetries } from "../models/gate/failure/retry-policy.ts";
import { chain, isFailure, type Answer, type Next, type Send } from "../models/gate/step.ts";
import type { Endpoint } from "../models/endpoint.ts";
import type { WireFailure } from "../models/wire/classify-failure.ts";
import { createRandom } from "../statistics/estimates/seeded-random.ts";

/** A server with continuous batching: it works on so many calls at once, and never says so. */
export type SimulatedServer = {
  readonly slots: number;
  /** How long a call is worked on, in milliseconds, drawn anew for each. */
  readonly workMs: (random: () => number) => number;
  /** What becomes of a call that finds no free slot: it waits inside, or it is refused (429). */
  readonly beyond: "queues" | "refuses";
  /** Seconds of the run in which nothing listens there. */
  readonly down?: readonly [from: number, until: number];
};

export type ServersLoad = {
  /** Calls in flight, always. */
  readonly inFlight: number;
  readonly seconds: number;
  /** From when on slots are counted. Default 0. */
  readonly fromSecond?: number;
  /** From an answer to the next call of its row, in milliseconds. Default 5. */
  readonly turnMs?: number;
};

/** What a server did. */
export type ServerUse = {
  /** The share of its slots that were busy while it was up. */
  readonly busy: number;
  readonly answered: number;
  readonly refused: number;
};

type Running = {
  readonly server: SimulatedServer;
  busy: number;
  busyMs: number;
  countedAt: number;
  answered: number;
  refused: number;
  readonly queue: (() => void)[];
  readonly cut: Set<() => void>;
};

/**
 * Sends calls over the steps of the gate that choose an address and pace it, to simulated servers
 * on a faked clock, and returns how busy the slots of each were.
 */
export async function simulateServers(
  servers: readonly SimulatedServer[],
  { inFlight, seconds, fromSecond = 0, turnMs = 5 }: ServersLoad,
): Promise<readonly ServerUse[]> {
  vi.useFakeTimers();
  try {
    const random = createRandom("simulated servers");
    const began = performance.now();
    const now = () => performance.now() - began;
    const running = new Map(
      servers.map((server, index) => [`http://server-${index}`, open(server)]),
    );
    const send = wayTo([...running.keys()], ({ server = "" }) =>
      ask(running.get(server)!, random, now),
    );
    let isOver = false;
    const row = async () => {
      while (!isOver) {
        await send();
        await wait(turnMs);
      }
    };
    for (const one of running.values()) schedule(one);
    const rows = Array.from({ length: inFlight }, row);
    void Promise.all(rows);
    await vi.advanceTimersByTimeAsync(1_000 * fromSecond);
    for (const one of running.values()) count(one, now(), true);
    await vi.advanceTimersByTimeAsync(1_000 * (seconds - fromSecond));
    const uses = [...running.values()].map((one): ServerUse => {
      count(one, now());
      const upMs = 1_000 * (seconds - fromSecond - downSeconds(one.server, fromSecond, seconds));
      return {
        busy: one.busyMs / (one.server.slots * upMs),
        answered: one.answered,
        refused: one.refused,
      };
    });
    isOver = true;
    return uses;
  } finally {
    vi.useRealTimers();
  }
}

function downSeconds({ down }: SimulatedServer, from: number, until: number): number {
  return down === undefined ? 0 : Math.max(0, Math.min(until, down[1]) - Math.max(from, down[0]));
}

function open(server: SimulatedServer): Running {
  return {
    server,
    busy: 0,
    busyMs: 0,
    countedAt: 0,
    answered: 0,
    refused: 0,
    queue: [],
    cut: new Set(),
  };
}

function count(one: Running, now: number, isNew = false): void {
  one.busyMs = isNew ? 0 : one.busyMs + one.busy * (now - one.countedAt);
  one.countedAt = now;
}

/** Cuts what is under way when the server goes down. */
function schedule(one: Running): void {
  if (one.server.down === undefined) return;
  setTimeout(() => {
    one.queue.length = 0;
    for (const cut of one.cut) cut();
  }, 1_000 * one.server.down[0]);
}

function ask(one: Running, random: () => number, now: () => number): Promise<Answer | WireFailure> {
  const { server } = one;
  const second = now() / 1_000;
  const isDown = server.down !== undefined && second >= server.down[0] && second < server.down[1];
  if (isDown) return Promise.resolve(failure("transient", "nothing listens"));
  if (one.busy >= server.slots && server.beyond === "refuses") {
    one.refused += 1;
    return new Promise((resolve) => setTimeout(() => resolve(failure("wait", "full")), 3));
  }
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let isWorking = false;
    const leave = (sent: Answer | WireFailure) => {
      clearTimeout(timer);
      one.cut.delete(cut);
      if (isWorking) {
        count(one, now());
        one.busy -= 1;
      }
      resolve(sent);
    };
    const cut = () => leave(failure("transient", "the connection was cut"));
    const work = () => {
      count(one, now());
      one.busy += 1;
      isWorking = true;
      timer = setTimeout(() => {
        one.answered += 1;
        leave(answer);
        one.queue.shift()?.();
      }, server.workMs(random));
    };
    one.cut.add(cut);
    if (one.busy < server.slots) work();
    else one.queue.push(work);
  });
}

const answer: Answer = {
  read: { outcome: "answered", content: "text", finish: "stop", tokens: { in: 10, out: 100 } },
  source: "model",
} as unknown as Answer;

function failure(remedy: WireFailure["remedy"], detail: string): WireFailure {
  return { outcome: "provider_error", remedy, detail, waitMs: null, cost: "none" };
}

/** Sends a call to the server at the chosen address, and again after failures as the gate does. */
function wayTo(
  urls: readonly string[],
  serve: (endpoint: Endpoint) => ReturnType<Next>,
): () => Promise<void> {
  const stop = createHaltSwitch();
  const pacerOf = createPacing({ retryMs: 1_000 });
  const send = chain(
    [balanced({ pacerOf, restMs: 1_000, onNotice: () => undefined }), paced({ pacerOf, stop })],
    ({ endpoint }) => serve(endpoint),
  );
  const spec = "compatible:test";
  const replicas = urls.map((server) => ({
    spec,
    server,
    limiterName: server,
    protocol: "openai",
  }));
  const call = { address: {}, messages: [] };
  return async () => {
    const retries = createRetries({ retryMs: 1_000 });
    for (;;) {
      // What these steps read of a call.
      const sent = await send({ call, endpoint: { spec, replicas } } as unknown as Send);
      if (sent === null || !isFailure(sent)) return;
      const waitMs = retries.waitMsAfter(sent);
      if (waitMs === null) return;
      await wait(waitMs);
    }
  };
}

/** Waits on the faked clock. */
function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
