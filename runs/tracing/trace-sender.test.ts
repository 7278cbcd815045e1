import { randomUUID } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  startTraceCollector,
  type CollectorOptions,
  type TraceCollector,
} from "../../tests/langsmith/trace-collector.ts";
import type { TraceParts } from "./trace-parts.ts";
import { createTraceSender, type TraceSender, type TraceSenderOptions } from "./trace-sender.ts";
import { createTraceServer } from "./trace-server.ts";

function jsonOf(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** A trace of one run. */
function trace(text = "text"): TraceParts {
  const id = randomUUID();
  const startedAt = "2026-01-31T12:00:00.123000Z";
  const run = {
    id,
    name: "judge",
    run_type: "chain",
    trace_id: id,
    start_time: startedAt,
    end_time: startedAt,
    dotted_order: `20260131T120000123000Z${id}`,
    session_name: "test",
    tags: [],
  };
  return {
    parts: [
      { name: `post.${id}`, json: jsonOf(run) },
      { name: `post.${id}.inputs`, json: jsonOf({ text }) },
      {
        name: `feedback.${randomUUID()}`,
        json: jsonOf({ run_id: id, trace_id: id, key: "winner", value: "a" }),
      },
    ],
    operations: 2,
  };
}

type Started = { collector: TraceCollector; sender: TraceSender; troubles: string[] };

async function start(
  options: CollectorOptions = {},
  sending: Partial<TraceSenderOptions> = {},
): Promise<Started> {
  const collector = await startTraceCollector(options);
  onTestFinished(() => collector.close());
  const troubles: string[] = [];
  const sender = createTraceSender({
    server: createTraceServer({
      endpoint: collector.url,
      headers: { "x-api-key": "k" },
      project: "juries",
    }),
    onTrouble: (why) => troubles.push(why),
    gatherMs: 5,
    retryMs: 20,
    ...sending,
  });
  return { collector, sender, troubles };
}

/** Fails the first requests that bear runs with this status. */
function failing(times: number, status: number, headers: Record<string, string> = {}) {
  let failed = 0;
  return ({ path }: { path: string }) => {
    if (!path.startsWith("/runs") || failed >= times) return {};
    failed += 1;
    return { status, headers };
  };
}

const posts = ({ requests }: TraceCollector) => requests.filter(({ path }) => path !== "/info");

describe("a sender of traces", () => {
  it("asks nothing of a server before there is a trace", async () => {
    const { collector, sender } = await start();
    expect(await sender.flush(600_000)).toEqual({ sent: 0, lost: 0, trouble: null });
    expect(collector.requests).toEqual([]);
  });

  it("sends all, compressed, with the key, and as few requests as the server allows", async () => {
    const { collector, sender, troubles } = await start();
    for (let index = 0; index < 200; index += 1) sender.add(trace());
    expect(await sender.flush(600_000)).toEqual({ sent: 200, lost: 0, trouble: null });
    expect(collector.traces()).toHaveLength(200);
    expect(collector.feedback).toHaveLength(200);
    // 400 runs and feedbacks, 100 a request.
    expect(posts(collector)).toHaveLength(4);
    for (const { headers } of posts(collector)) {
      expect(headers).toMatchObject({ "content-encoding": "gzip", "x-api-key": "k" });
    }
    expect(troubles).toEqual([]);
  });

  it("sends what has gathered while the run goes on", async () => {
    const { collector, sender } = await start();
    sender.add(trace());
    await expect.poll(() => collector.runs.size).toBe(1);
    await sender.flush(600_000);
  });

  it("sends plain bytes to a server that takes nothing else", async () => {
    const { collector, sender } = await start({ info: {} });
    sender.add(trace());
    await sender.flush(600_000);
    expect(posts(collector)[0]?.headers["content-encoding"]).toBeUndefined();
    expect(collector.traces()).toHaveLength(1);
  });

  it.each([
    ["says so", { info: { batch_ingest_config: { use_multipart_endpoint: false } } }],
    ["has no such page", { withoutMultipart: true }],
  ])("writes the older form to a server that %s", async (_, options) => {
    const { collector, sender, troubles } = await start(options);
    for (let index = 0; index < 3; index += 1) sender.add(trace());
    expect(await sender.flush(600_000)).toEqual({ sent: 3, lost: 0, trouble: null });
    expect(collector.traces().map(({ run }) => run.inputs)).toEqual(
      [1, 2, 3].map(() => ({ text: "text" })),
    );
    expect(collector.feedback).toHaveLength(3);
    expect(troubles).toEqual([]);
  });

  it("tells a server that keeps runs by their project which project feedback is of", async () => {
    const { collector, sender } = await start({
      info: { instance_flags: { sdb_query_enabled: true } },
    });
    sender.add(trace());
    expect(await sender.flush(600_000)).toMatchObject({ sent: 1 });
    expect(collector.feedback).toMatchObject([{ session_id: "id of juries" }]);
    expect(collector.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /info",
      "GET /sessions?name=juries&limit=1",
      "POST /sessions",
      "POST /runs/multipart",
    ]);
  });

  it.each([500, 503, 429, 408])("sends again after HTTP %i, and says so once", async (status) => {
    const { collector, sender, troubles } = await start({ take: failing(3, status) });
    for (let index = 0; index < 60; index += 1) sender.add(trace());
    await expect.poll(() => collector.runs.size).toBe(60);
    expect(await sender.flush(600_000)).toMatchObject({ sent: 60, lost: 0 });
    expect(troubles).toEqual([`HTTP ${status}`]);
  });

  it("waits as long as the server asks", async () => {
    const take = failing(1, 429, { "retry-after": "0.3" });
    const { collector, sender } = await start({ take });
    const began = performance.now();
    sender.add(trace());
    await expect.poll(() => collector.runs.size).toBe(1);
    expect(performance.now() - began).toBeGreaterThan(295);
    await sender.flush(600_000);
  });

  it("takes 409 for taken: the answer to the first sending was lost", async () => {
    const { sender } = await start({ take: failing(1, 409) });
    sender.add(trace());
    expect(await sender.flush(600_000)).toEqual({ sent: 1, lost: 0, trouble: null });
  });

  it.each([413, 422, 400])("loses one trace alone to HTTP %i", async (status) => {
    const { collector, sender } = await start({
      take: ({ body }) => (body.includes("poison") ? { status } : {}),
    });
    for (let index = 0; index < 30; index += 1) sender.add(trace(index === 17 ? "poison" : ""));
    expect(await sender.flush(600_000)).toEqual({ sent: 29, lost: 1, trouble: `HTTP ${status}` });
    expect(collector.traces()).toHaveLength(29);
  });

  it("stops where a server takes exception to every trace", async () => {
    const { collector, sender } = await start({
      take: ({ path }) => (path === "/info" ? {} : { status: 413 }),
    });
    for (let index = 0; index < 300; index += 1) sender.add(trace());
    expect(await sender.flush(600_000)).toEqual({ sent: 0, lost: 300, trouble: "HTTP 413" });
    expect(posts(collector).length).toBeLessThan(150);
  });

  it.each([401, 403])("stops at HTTP %i, and counts what follows", async (status) => {
    const { collector, sender, troubles } = await start({
      take: ({ path }) => (path === "/info" ? {} : { status }),
    });
    sender.add(trace());
    await expect.poll(() => troubles).toEqual([`HTTP ${status}`]);
    expect(sender.hasRoom()).toBe(false);
    sender.add(trace());
    sender.add(null);
    expect(await sender.flush(600_000)).toEqual({ sent: 0, lost: 3, trouble: `HTTP ${status}` });
    expect(posts(collector)).toHaveLength(1);
  });

  it("keeps the texts and the key from a server that another one points to", async () => {
    const other = await startTraceCollector();
    onTestFinished(() => other.close());
    const { sender } = await start({
      take: ({ path }) => ({ status: 307, headers: { location: `${other.url}${path}` } }),
    });
    sender.add(trace());
    expect(await sender.flush(600_000)).toMatchObject({ sent: 0, lost: 1 });
    expect(other.requests).toEqual([]);
  });

  it.each(["/info", "/runs/multipart"])("gives up in time where %s hangs", async (hanging) => {
    const { collector, sender } = await start({ take: ({ path }) => ({ hang: path === hanging }) });
    for (let index = 0; index < 70; index += 1) sender.add(trace());
    const figures = await sender.flush(300);
    expect(figures).toEqual({ sent: 0, lost: 70, trouble: "no answer in time" });
    expect(collector.runs.size).toBe(0);
  });

  it("gives up soon where no server listens", async () => {
    const { collector, sender, troubles } = await start();
    await collector.close();
    sender.add(trace());
    await expect.poll(() => troubles).toEqual(["ECONNREFUSED"]);
    // An hour, which the test does not have.
    expect(await sender.flush(3_600_000)).toEqual({ sent: 0, lost: 1, trouble: "ECONNREFUSED" });
  });

  it("tells at the end what arrived and what did not", async () => {
    const { collector, sender } = await start({ take: (_, number) => ({ hang: number > 3 }) });
    for (let index = 0; index < 150; index += 1) sender.add(trace());
    await expect.poll(() => collector.runs.size).toBe(100);
    expect(await sender.flush(500)).toEqual({ sent: 100, lost: 50, trouble: "no answer in time" });
  });

  it("holds no more than it may, and counts the rest", async () => {
    const { sender } = await start({ take: () => ({ hang: true }) }, { mostWaiting: 5_000 });
    for (let index = 0; index < 100; index += 1) sender.add(trace("x".repeat(100)));
    expect(sender.hasRoom()).toBe(false);
    const { lost } = await sender.flush(50);
    expect(lost).toBe(100);
  });

  it("sends side by side to a slow server, and alone to one that it has not heard", async () => {
    const most = { info: 0, runs: 0 };
    let open = 0;
    const { sender } = await start({
      take: ({ path }) => {
        open += 1;
        const kind = path === "/info" ? "info" : "runs";
        most[kind] = Math.max(most[kind], open);
        setTimeout(() => (open -= 1), 100);
        return { delayMs: 100 };
      },
    });
    for (let index = 0; index < 600; index += 1) sender.add(trace());
    expect(await sender.flush(600_000)).toMatchObject({ sent: 600, lost: 0 });
    expect(most.info).toBe(1);
    expect(most.runs).toBeGreaterThan(2);
  });
});
