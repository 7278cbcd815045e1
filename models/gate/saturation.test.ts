import { describe, expect, it } from "vitest";
import {
  simulateServers,
  type ServersLoad,
  type SimulatedServer,
} from "../../tests/simulated-servers.ts";

/** Calls that take about so long, half as long again or two thirds of it now and then. */
function server(slots: number, ms: number, more: Partial<SimulatedServer> = {}): SimulatedServer {
  const workMs = (random: () => number) => ms * Math.exp(random() - 0.5);
  return { slots, workMs, beyond: "queues", ...more };
}

const refuses = { beyond: "refuses" } as const;

/** The share of all slots that were busy. */
async function busyShare(servers: readonly SimulatedServer[], load: Partial<ServersLoad>) {
  const slots = servers.reduce((sum, one) => sum + one.slots, 0);
  const inFlight = Math.ceil(1.3 * slots);
  const measured = { inFlight, seconds: 40, fromSecond: 10, ...load };
  const uses = await simulateServers(servers, measured);
  const busy = uses.reduce((sum, use, index) => sum + use.busy * servers[index]!.slots, 0);
  return busy / slots;
}

describe("servers that say nothing of their slots", () => {
  it.each([
    ["of 8, 32 and 64", [server(8, 1_000), server(32, 1_000), server(64, 1_000)]],
    ["one of them slow", [server(8, 3_000), server(64, 1_000)]],
    ["that refuse what is beyond", [server(8, 1_000, refuses), server(64, 1_000, refuses)]],
    ["of which one refuses and one queues", [server(8, 1_000, refuses), server(64, 1_000)]],
    ["a single one", [server(64, 1_000)]],
  ])("have hardly a slot idle while rows are left: %s", async (_, servers) => {
    expect(await busyShare(servers, {})).toBeGreaterThan(0.97);
  });

  it("are busy again when one of them was away and is back", async () => {
    const servers = [server(32, 1_000), server(64, 1_000, { down: [10, 20] })];
    expect(await busyShare(servers, { fromSecond: 30, seconds: 50 })).toBeGreaterThan(0.97);
  });

  it("get equal shares where they are equal", async () => {
    const uses = await simulateServers([server(32, 500), server(32, 500)], {
      inFlight: 40,
      seconds: 20,
    });
    const answered = uses.map((use) => use.answered);
    expect(Math.min(...answered) / Math.max(...answered)).toBeGreaterThan(0.7);
  });
});
