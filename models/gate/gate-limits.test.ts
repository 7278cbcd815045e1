import { describe, expect, it } from "vitest";
import { askSpeaker } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { bucket } from "../../tests/simulated-provider.ts";
import { createAgent } from "./agent.ts";
import { createEndpoint } from "../providers/create-endpoint.ts";
import type { Endpoint } from "../endpoint.ts";
import { createGate, type Gate } from "./gate.ts";
import type { CallJournal } from "./journal.ts";

describe("the gate before a server with a hard limit", () => {
  it("fails no call, and sends hardly more than it must", async () => {
    const began = performance.now();
    const limit = bucket(100, 20);
    const gate = createGate();
    await withLoopbackServer(
      () =>
        limit(performance.now() - began, 0) === null
          ? openAiSpeaker.answer()
          : { status: 429, body: "" },
      async (server) => {
        const records = await Promise.all(
          Array.from({ length: 150 }, (_, row) => askSpeaker(openAiSpeaker, server, { gate, row })),
        );
        expect(records.filter(({ outcome }) => outcome !== "answered")).toEqual([]);
        expect(server.requests.length).toBeLessThan(150 * 1.5);
      },
    );
  });

  it.each(["compatible:test-model", "compatible"])("paces by the limits of %s", async (name) => {
    const gate = createGate({ limits: { [name]: { requestsPerMinute: 1_200, concurrency: 1 } } });
    // Seven gaps of 50 ms, some of which a late process makes up for.
    expect(await arrivalsSpan(gate, 8)).toBeGreaterThan(150);
  });

  it("sends evenly what was written down together", async () => {
    // A slow disk: all intents are there at once.
    const written = new Promise<void>((resolve) => setTimeout(resolve, 400));
    const journal: CallJournal = {
      find: async () => undefined,
      intend: () => written,
      keep: async () => undefined,
      giveUp: async () => undefined,
    };
    const gate = createGate({
      limits: { compatible: { requestsPerMinute: 1_200 } },
      journal: () => journal,
    });
    // Nine gaps of 48.5 ms.
    expect(await arrivalsSpan(gate, 10)).toBeGreaterThan(380);
  });

  it("keeps no place for a request that ended in a bug of ours", async () => {
    const gate = createGate({ limits: { sim: { concurrency: 1 } } });
    const endpoint = await createEndpoint("sim:oak", {}, {});
    const broken: Endpoint["chatModel"] = () => Promise.reject(new Error("a bug"));
    await expect(ask(gate, { ...endpoint, chatModel: broken })).rejects.toThrow("a bug");
    expect(await ask(gate, endpoint)).toMatchObject({ outcome: "answered" });
  });
});

function ask(gate: Gate, endpoint: Endpoint) {
  return createAgent({ name: "generator", role: "generator", endpoint }, gate).ask({
    row: { number: 1, id: "row-1" },
    part: "",
    turn: 0,
    messages: [{ role: "user", content: "A question?" }],
    expects: { kind: "text" },
  });
}

/** Asks so many times at once; the time from the first to the last arrival, in milliseconds. */
async function arrivalsSpan(gate: Gate, count: number): Promise<number> {
  const arrivals: number[] = [];
  await withLoopbackServer(
    () => {
      arrivals.push(performance.now());
      return openAiSpeaker.answer();
    },
    async (server) => {
      await Promise.all(
        Array.from({ length: count }, (_, row) => askSpeaker(openAiSpeaker, server, { gate, row })),
      );
    },
  );
  return (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
}
