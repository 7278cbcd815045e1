import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withoutJournal } from "./arm.ts";
import { callsOfRow, clientNames, graphNames, loadArm } from "./arms.ts";
import { startBenchServer, type BenchServer } from "./bench-server.ts";
import { callsPerRow, canRun, loading, runWhole, wholeArms } from "./distilabel/distilabel-arms.ts";
import { measureArms } from "./measure.ts";

const arms = [...clientNames, ...graphNames.flatMap((name) => [`plain ${name}`, `ours ${name}`])];

const python = "python3";
const hasPython = await canRun(python, "pass");
const hasDistilabel = hasPython && (await canRun(python, loading));
const wholeArmOf = (kind: string) => wholeArms.find(({ name }) => name.startsWith(kind));

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

  it("makes the same calls without a journal, a short run and a long one", async () => {
    const name = `ours feedback-loop${withoutJournal}`;
    const before = await server.calls();
    const load = { server, latencyMs: 0, inFlight: 1, calls: 7, longTimes: 2 };
    const [measured] = await measureArms([name], { ...load, rounds: 1, isFresh: true });
    expect(measured?.samples).toHaveLength(1);
    expect((await server.calls()) - before).toBe(3 * callsOfRow(name));
  });

  it.skipIf(!hasPython)("ours beside distilabel makes the calls of its rows (needs Python)", () =>
    expectCalls("ours"),
  );

  it.skipIf(!hasDistilabel)("distilabel makes the calls of its rows (needs distilabel)", () =>
    expectCalls("distilabel"),
  );

  async function expectCalls(kind: string): Promise<void> {
    const [arm, before] = [wholeArmOf(kind), await server.calls()];
    if (arm === undefined) throw new Error(`there is no arm of ${kind}`);
    await runWhole(arm, python, { baseUrl: server.baseUrl(0), rows: 2, inFlight: arm.inFlight });
    expect((await server.calls()) - before).toBe(2 * callsPerRow);
  }
});
