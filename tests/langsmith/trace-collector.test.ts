import { randomUUID } from "node:crypto";
import { Client } from "langsmith";
import { traceable } from "langsmith/traceable";
import { describe, expect, it, onTestFinished } from "vitest";
import { readMultipart } from "./read-multipart.ts";
import { outline } from "./start-traced.ts";
import { startTraceCollector, type CollectorOptions } from "./trace-collector.ts";

/** A trace of two runs and a piece of feedback, by LangSmith's own client. */
async function traceByClient(options: CollectorOptions) {
  const collector = await startTraceCollector(options);
  onTestFinished(() => collector.close());
  const client = new Client({ apiUrl: collector.url, apiKey: "k" });
  const place = { client, tracingEnabled: true, project_name: "test" };
  const judge = traceable(async (question: string) => `${question} Yes.`, {
    ...place,
    name: "judge",
    tags: ["role"],
    metadata: { row: 1 },
  });
  const row = traceable(async (question: string) => judge(question), { ...place, name: "row" });
  await row("Is it?");
  await client.awaitPendingTraceBatches();
  const root = collector.traces()[0]?.run.id ?? "";
  await client.createFeedback(root, "winner", {
    value: "a",
    traceId: root,
    sessionId: randomUUID(),
  });
  await client.awaitPendingTraceBatches();
  return collector;
}

describe("the collector of traces", () => {
  it.each([
    ["multipart and gzip", {}],
    ["plain multipart", { info: {} }],
    ["the older form", { info: { batch_ingest_config: { use_multipart_endpoint: false } } }],
  ])("reads what LangSmith's own client writes: %s", async (_, options) => {
    const collector = await traceByClient(options);
    expect(collector.complaints).toEqual([]);
    const [trace] = collector.traces();
    expect(trace && outline(trace)).toEqual(["row", "  judge"]);
    expect(trace?.children[0]?.run).toMatchObject({
      session_name: "test",
      tags: ["role"],
      inputs: { input: "Is it?" },
      outputs: { outputs: "Is it? Yes." },
      extra: { metadata: { row: 1 } },
    });
    expect(collector.feedback).toMatchObject([
      { run_id: trace?.run.id, key: "winner", value: "a" },
    ]);
  });

  it("complains of a run that never ended, and of one whose parent is missing", async () => {
    const collector = await startTraceCollector();
    onTestFinished(() => collector.close());
    const post = (run: object) =>
      fetch(`${collector.url}/runs/batch`, {
        method: "POST",
        body: JSON.stringify({ post: [run] }),
      });
    const run = {
      id: "1",
      name: "judge",
      trace_id: "1",
      start_time: "2026-01-31T12:00:00.000000Z",
      dotted_order: "20260131T120000000000Z1",
    };
    await post(run);
    expect(() => collector.traces()).toThrow("never ended");
    await post({ ...run, end_time: 1, parent_run_id: "2" });
    expect(() => collector.traces()).toThrow("its parent is not there");
    await post({ ...run, parent_run_id: null, trace_id: "3" });
    expect(() => collector.traces()).toThrow("is of trace 3");
  });
});

describe("a multipart body", () => {
  const type = "multipart/form-data; boundary=b";
  const part = (head: string, body: string) =>
    `--b\r\nContent-Disposition: form-data; name="post.1"\r\n${head}\r\n\r\n${body}\r\n`;
  const json = "Content-Type: application/json; length=4";

  it("is read by the length of its parts", () => {
    expect(readMultipart(Buffer.from(`${part(json, '"ü"')}--b--\r\n`), type)).toEqual([
      { name: "post.1", body: '"ü"' },
    ]);
  });

  it.each([
    ["a wrong length", `${part(json, '"long"')}--b--\r\n`, "not 4 bytes long"],
    ["no length", `${part("Content-Type: application/json", '"ü"')}--b--\r\n`, "length"],
    ["no end", `${part(json, '"ü"')}--b\r\n`, "without name"],
    ["something after its end", `${part(json, '"ü"')}--b--\r\n\r\n`, "no end"],
  ])("is refused with %s", (_, body, message) => {
    expect(() => readMultipart(Buffer.from(body), type)).toThrow(message);
  });
});
