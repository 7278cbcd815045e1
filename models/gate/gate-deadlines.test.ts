import { gzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { askSpeaker } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import type { Fault, Reply } from "../../tests/loopback/reply.ts";
import { speakers } from "../../tests/loopback/speakers.ts";
import { createGate, type GateOptions } from "./gate.ts";

const deadlineMs = 100;

/**
 * A gate of which one deadline is short: of the whole request, or of a silence inside the answer.
 */
const shortTotal: GateOptions = { retryMs: 1, timeoutMs: deadlineMs, idleMs: 20_000 };
const shortIdle: GateOptions = { retryMs: 1, timeoutMs: 20_000, idleMs: deadlineMs };

const hung: [string, Fault, GateOptions][] = [
  ["before the headers", { kind: "hang", where: "before-headers" }, shortTotal],
  ["after the headers", { kind: "hang", where: "after-headers" }, shortTotal],
  ["after the headers", { kind: "hang", where: "after-headers" }, shortIdle],
  ["in the body", { kind: "hang", where: "in-body" }, shortTotal],
  ["in the body", { kind: "hang", where: "in-body" }, shortIdle],
  ["never, one byte at a time", { kind: "drip", everyMs: 20 }, shortTotal],
];

describe.each(speakers)("a $name server that hangs", (speaker) => {
  // The first request of a process takes its time; a deadline must not run out before it is sent.
  beforeAll(() =>
    withLoopbackServer(
      () => speaker.answer(),
      (server) => askSpeaker(speaker, server),
    ),
  );

  it.each(hung)(
    "%s is left at the deadline, and asked at most once more",
    async (_, fault, options) => {
      await withLoopbackServer(
        () => ({ ...speaker.answer(), fault }),
        async (server) => {
          const record = await askSpeaker(speaker, server, { gate: createGate(options) });
          expect(record).toMatchObject({ outcome: "timed_out", content: "", tokens: null });
          expect(server.requests.length).toBeLessThanOrEqual(2);
          for (const { number } of server.requests) {
            const end = await server.endOf(number);
            expect(end.by).toBe("client");
          }
        },
      );
    },
  );

  it("with a connection that it accepts and never reads is left at the deadline", async () => {
    await withLoopbackServer(
      () => speaker.answer(),
      async (server) => {
        const record = await askSpeaker(speaker, server, { gate: createGate(shortTotal) });
        expect(record.outcome).toBe("timed_out");
        expect(await server.countUnreadOpen()).toBe(0);
      },
      { leaveUnread: () => true },
    );
  });

  it("once is asked again, and its answer is taken", async () => {
    await withLoopbackServer(
      ({ number }) =>
        number === 1
          ? { ...speaker.answer(), fault: { kind: "hang", where: "in-body" } }
          : speaker.answer({ content: "At last." }),
      async (server) => {
        const record = await askSpeaker(speaker, server, { gate: createGate(shortIdle) });
        expect(record).toMatchObject({ outcome: "answered", content: "At last." });
        expect(server.requests).toHaveLength(2);
      },
    );
  });

  it("keeps the deadline of its agent before that of the gate", async () => {
    await withLoopbackServer(
      () => ({ fault: { kind: "hang", where: "before-headers" } }),
      async (server) => {
        const record = await askSpeaker(speaker, server, {
          gate: createGate({ retryMs: 1 }),
          settings: { timeoutMs: deadlineMs },
        });
        expect(record.outcome).toBe("timed_out");
        expect(record.detail).toContain(`${deadlineMs} ms`);
      },
    );
  });

  it("and goes on in time is waited for, piece by piece", async () => {
    await withLoopbackServer(
      () => ({ ...speaker.answer({ content: "." }), fault: { kind: "drip", everyMs: 1 } }),
      async (server) => {
        const gate = createGate({ ...shortIdle, idleMs: 250 });
        const record = await askSpeaker(speaker, server, { gate });
        expect(record.outcome).toBe("answered");
        expect(server.requests).toHaveLength(1);
      },
    );
  });
});

const cuts: [string, (whole: Reply) => Reply][] = [
  ["an RST before the headers", (whole) => cut(whole, "rst", null)],
  ["a FIN before the headers", (whole) => cut(whole, "fin", null)],
  ["an RST in the body", (whole) => cut(whole, "rst", 40)],
  ["a FIN in the body", (whole) => cut(whole, "fin", 40)],
  ["an RST after a body of the wrong length", (whole) => ({ ...whole, fault: tooLong })],
];
const tooLong: Fault = { kind: "wrong-length", bytes: 100_000 };

function cut(whole: Reply, by: "fin" | "rst", afterBytes: number | null): Reply {
  return { ...whole, fault: { kind: "cut", by, afterBytes } };
}

describe.each(speakers)("a $name answer that breaks off", (speaker) => {
  it.each(cuts)(
    "with %s is never taken as whole, and asked for at most once more",
    async (_, broken) => {
      await withLoopbackServer(
        () => broken(speaker.answer()),
        async (server) => {
          const gate = createGate({ retryMs: 1, timeoutMs: 2_000 });
          const record = await askSpeaker(speaker, server, { gate });
          expect(record).toMatchObject({ outcome: "provider_error", content: "", tokens: null });
          expect(record.detail).toContain("the connection broke");
          expect(server.requests).toHaveLength(2);
        },
      );
    },
  );

  it("inside its compressed form is never taken as whole", async () => {
    const bytes = gzipSync(JSON.stringify(speaker.answer({ content: "word ".repeat(500) }).body));
    const body = bytes.subarray(0, bytes.length - 20);
    await withLoopbackServer(
      () => ({ body, headers: { "content-encoding": "gzip" } }),
      async (server) => {
        const gate = createGate({ retryMs: 1, timeoutMs: 2_000 });
        const { outcome } = await askSpeaker(speaker, server, { gate });
        expect(["bad_response", "provider_error"]).toContain(outcome);
        expect(server.requests.length).toBeLessThanOrEqual(2);
      },
    );
  });
});

describe.each(speakers)("calls on their way to $name", (speaker) => {
  it("come home after halt, while no new one goes out", async () => {
    const gate = createGate({ retryMs: 1 });
    await withLoopbackServer(
      () => ({ ...speaker.answer(), delayMs: 100 }),
      async (server) => {
        const underWay = [1, 2, 3].map((row) => askSpeaker(speaker, server, { gate, row }));
        await untilAsked(server, 3);
        gate.halt({ outcome: "interrupted", detail: "stopped by SIGINT" });
        const late = await askSpeaker(speaker, server, { gate, row: 4 });
        expect(late).toMatchObject({ outcome: "interrupted", detail: "stopped by SIGINT" });
        const records = await Promise.all(underWay);
        expect(records.map(({ outcome }) => outcome)).toEqual(["answered", "answered", "answered"]);
        expect(server.requests).toHaveLength(3);
      },
    );
  });

  it("are not sent again after halt, though they fail", async () => {
    const gate = createGate({ retryMs: 1 });
    await withLoopbackServer(
      () => ({ ...speaker.refusal(500, "Oh no."), delayMs: 60 }),
      async (server) => {
        const underWay = askSpeaker(speaker, server, { gate });
        await untilAsked(server, 1);
        gate.halt({ outcome: "interrupted", detail: "stopped by SIGINT" });
        expect(await underWay).toMatchObject({ outcome: "interrupted" });
        expect(server.requests).toHaveLength(1);
      },
    );
  });

  it("are cut by abort, and no new one goes out", async () => {
    const gate = createGate({ retryMs: 1 });
    await withLoopbackServer(
      () => ({ ...speaker.answer(), fault: { kind: "hang", where: "in-body" } }),
      async (server) => {
        const underWay = [1, 2, 3].map((row) => askSpeaker(speaker, server, { gate, row }));
        await untilAsked(server, 3);
        gate.abort();
        const records = await Promise.all(underWay);
        expect(records.map(({ outcome }) => outcome)).toEqual([
          "interrupted",
          "interrupted",
          "interrupted",
        ]);
        for (const { number } of server.requests) {
          expect((await server.endOf(number)).by).toBe("client");
        }
        expect((await askSpeaker(speaker, server, { gate, row: 4 })).outcome).toBe("interrupted");
        expect(server.requests).toHaveLength(3);
      },
    );
  });
});

async function untilAsked(server: { requests: readonly unknown[] }, count: number): Promise<void> {
  while (server.requests.length < count) await sleep(5);
}
