import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callsOfRow, clientNames, graphNames, loadArm } from "./arms.ts";
import { startBenchServer, type BenchServer } from "./bench-server.ts";

const arms = [...clientNames, ...graphNames.flatMap((name) => [`plain ${name}`, `ours ${name}`])];

describe("the arms of the bench", () => {
  let server: BenchServer;
  beforeAll(async () => {
    server = await startBenchServer();
  });
  afterAll(() => server.stop());

  it.each(arms)("%s makes as many calls for a row as its rival", async (name) => {
    const arm = await loadArm(name);
    const before = await server.calls();
    await arm.run({ baseUrl: server.baseUrl(0), rows: 1, inFlight: 1 });
    expect((await server.calls()) - before).toBe(callsOfRow(name));
  });
});
