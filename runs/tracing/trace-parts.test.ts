import { describe, expect, it } from "vitest";
import { traceParts, type RowTrace } from "./trace-parts.ts";
import type { TracedRun } from "./traced-run.ts";

const shown = { project: "p", hideInputs: false, hideOutputs: false, hideMetadata: false };

function run(fields: Partial<TracedRun> = {}): TracedRun {
  return {
    id: "01a202aa-0000-7000-8000-000000000001",
    row: 1,
    parent: null,
    name: "judge p1",
    type: "chain",
    startedMs: 0,
    endedMs: 1,
    startedAt: "1970-01-01T00:00:00.000000Z",
    dottedOrder: "19700101T000000000000Z01a202aa-0000-7000-8000-000000000001",
    inputs: { prompt: "CANARY" },
    outputs: { said: "CANARY" },
    error: null,
    tags: ["judge"],
    metadata: { row_id: "p1" },
    time: 1,
    times: new Map(),
    ...fields,
  };
}

function fields(trace: Partial<RowTrace> & Pick<RowTrace, "runs">, hiding = shown) {
  const { parts } = traceParts({ feedback: [], ...trace }, hiding);
  return Object.fromEntries(
    parts.map(({ name, json }) => [
      name.split(".").slice(2).join(".") || "",
      JSON.parse(json.toString()),
    ]),
  );
}

describe("the parts of a trace", () => {
  it("are one post a run, started and ended", () => {
    expect(fields({ runs: [run()] })).toEqual({
      "": {
        id: "01a202aa-0000-7000-8000-000000000001",
        name: "judge p1",
        run_type: "chain",
        start_time: "1970-01-01T00:00:00.000000Z",
        end_time: "1970-01-01T00:00:00.001Z",
        trace_id: "01a202aa-0000-7000-8000-000000000001",
        dotted_order: "19700101T000000000000Z01a202aa-0000-7000-8000-000000000001",
        session_name: "p",
        tags: ["judge"],
      },
      inputs: { prompt: "CANARY" },
      outputs: { said: "CANARY" },
      extra: { metadata: { row_id: "p1" } },
    });
  });

  it("end a run that was given up with its row", () => {
    const root = run();
    const left = run({ id: "02", parent: root, endedMs: null });
    const last = fields({ runs: [root, left] });
    expect(last[""]).toMatchObject({
      end_time: "1970-01-01T00:00:00.001Z",
      parent_run_id: root.id,
    });
    expect(last["error"]).toBe("not ended");
  });

  it("bear the row's failure at the root", () => {
    const failure = { reason: "rate_limited", detail: "no answer" };
    expect(fields({ runs: [run()], failure })["error"]).toBe("rate_limited: no answer");
  });

  it.each([
    ["hideInputs", "inputs"],
    ["hideOutputs", "outputs"],
  ])("hold no %s where they are hidden, and of errors a word", (hide, field) => {
    const error = { word: "invalid_request", detail: "CANARY is no prompt" };
    const hidden = fields({ runs: [run({ error })] }, { ...shown, [hide]: true });
    expect(hidden[field]).toEqual({});
    expect(hidden["error"]).toBe("invalid_request");
  });

  it("hold no metadata where they are hidden", () => {
    const hidden = fields({ runs: [run()] }, { ...shown, hideMetadata: true });
    expect(hidden["extra"]).toEqual({ metadata: {} });
  });

  it("survive what JSON can't write", () => {
    const inputs: Record<string, unknown> = { big: 1n };
    expect(fields({ runs: [run({ inputs })] })["inputs"]).toEqual({ unwritable: "TypeError" });
  });

  it("hang feedback on the root, and count as what LangSmith counts", () => {
    const feedback = [{ key: "verdict_margin", score: 1.5, comment: "round-2" }];
    const { parts, operations } = traceParts({ runs: [run()], feedback }, shown);
    expect(operations).toBe(2);
    expect(JSON.parse(String(parts.at(-1)?.json))).toMatchObject({
      run_id: run().id,
      trace_id: run().id,
      key: "verdict_margin",
      score: 1.5,
      comment: "round-2",
    });
  });
});
