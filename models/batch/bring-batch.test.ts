import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  createBatchServer,
  type BatchServer,
  type BatchServerOptions,
} from "../../tests/batch-services/batch-store.ts";
import {
  servedProviders,
  type ServedProvider,
} from "../../tests/batch-services/served-providers.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import type { BatchRequest } from "./batch-service.ts";
import { batchServiceFor } from "./batch-services.ts";
import { bringBatch, type BatchRecord, type BringOptions } from "./bring-batch.ts";

const requests: readonly BatchRequest[] = ["r-0", "r-1", "r-2"].map((customId) => ({
  customId,
  body: { model: "m", messages: [{ role: "user", content: customId }] },
}));

type Session = {
  readonly provider: BatchServer;
  readonly taken: Map<string, number>;
  readonly said: string[];
  record: BatchRecord | undefined;
  /** Runs one session of a process, from what the last one wrote down. */
  readonly run: (options?: Partial<BringOptions>) => ReturnType<typeof bringBatch>;
};

async function withSession(
  { dialect, speaker, spec, environment }: ServedProvider,
  options: Partial<BatchServerOptions> & { readonly onRequest?: (count: number) => boolean },
  test: (session: Session) => Promise<void>,
): Promise<void> {
  const { onRequest, ...server } = options;
  const provider = createBatchServer(dialect, { answer: () => speaker.answer(), ...server });
  let count = 0;
  await withLoopbackServer(
    (request) => {
      const reply = provider.script(request);
      count += 1;
      return onRequest?.(count) === true ? { fault: dropped } : reply;
    },
    async ({ url }) => {
      const taken = new Map<string, number>();
      const said: string[] = [];
      const session: Session = {
        provider,
        taken,
        said,
        record: undefined,
        run(given = {}) {
          const service = batchServiceFor(spec, {}, environment(url), { retryMs: 1 });
          if (service === undefined) throw new Error("no service");
          return bringBatch({
            service,
            key: "run-1-wave-1",
            count: requests.length,
            requests: () => requests,
            holds: (name) => requests.some(({ customId }) => customId === name),
            record: session.record,
            note: async (record) => {
              session.record = record;
            },
            take: async ({ customId, result }) => {
              if (!("status" in result)) return;
              taken.set(customId, (taken.get(customId) ?? 0) + 1);
            },
            say: (message) => said.push(message),
            pollMs: 1,
            signal: new AbortController().signal,
            ...given,
          });
        },
      };
      await test(session);
    },
  );
}

const dropped = { kind: "cut", by: "rst", afterBytes: null } as const;

describe.each(servedProviders)("a batch of $name", (member) => {
  it("is bought once, whenever the process dies", async () => {
    // Dies with the answer to the n-th request of its session, which the service has carried out.
    for (let death = 1; death <= 8; death += 1) {
      let controller = new AbortController();
      let deaths = 0;
      const onRequest = (count: number) => {
        if (deaths >= 3 || count % death !== 0) return false;
        deaths += 1;
        controller.abort(new Error("killed"));
        return true;
      };
      await withSession(member, { looks: 2, onRequest }, async (session) => {
        for (let sessions = 0; sessions < 10; sessions += 1) {
          controller = new AbortController();
          const end = await session.run({ signal: controller.signal }).catch(() => null);
          await nextTurn();
          if (end !== null) break;
        }
        expect([...session.taken.keys()].toSorted()).toEqual(["r-0", "r-1", "r-2"]);
        expect([...session.provider.bought.values()]).toEqual([1, 1, 1]);
      });
    }
  });

  it("is submitted again where the service lost it", async () => {
    await withSession(member, { looks: 3 }, async (session) => {
      const { store } = session.provider;
      let isLost = false;
      const onStatus = () => {
        if (!isLost) store.batches.clear();
        isLost = true;
      };
      let lost = 0;
      const onLost = () => {
        lost += 1;
      };
      expect((await session.run({ onStatus, onLost })).state).toBe("ended");
      expect(lost).toBe(1);
      expect(session.said.join("\n")).toContain("submitted again");
      expect(session.record?.attempt).toBe(2);
      expect(session.taken.size).toBe(3);
    });
  });

  it("says once that it can't be looked at, and goes on", async () => {
    const unavailable = { kind: "refuse", reply: { status: 502, body: "Bad gateway" } } as const;
    const fault: BatchServerOptions["fault"] = (step, count) =>
      step === "look" && count <= 12 ? unavailable : undefined;
    await withSession(member, { fault }, async (session) => {
      await session.run();
      expect(session.said).toHaveLength(1);
      expect(session.said[0]).toContain("HTTP 502");
      expect(session.taken.size).toBe(3);
    });
  });

  it("comes to an end with what it brought before it expired", async () => {
    const { answer } = member.speaker;
    const options: Partial<BatchServerOptions> = {
      endsAs: "expired",
      answer: (_, name) => (name === "r-1" ? answer() : null),
    };
    await withSession(member, options, async (session) => {
      expect((await session.run()).state).toBe("expired");
      expect([...session.taken.keys()]).toEqual(["r-1"]);
      expect(session.provider.store.batches.size).toBe(1);
    });
  });
});

it.each([
  ["submits again where", false],
  ["finds the right one where", true],
])("%s a batch of the same time and size turned out to be another", async (_, isThere) => {
  const member = servedProviders.find(({ name }) => name === "anthropic");
  if (member === undefined) throw new Error("no anthropic");
  await withSession(member, { looks: 2 }, async (session) => {
    const { store } = session.provider;
    if (isThere) store.create("msgbatch_lost", undefined, [...requests]);
    const others = ["x-0", "x-1", "x-2"].map((customId) => ({ customId, body: { customId } }));
    store.create("msgbatch_other", undefined, others);
    // A session that ended before its submission arrived.
    session.record = { attempt: 1, since: Date.now() };
    expect((await session.run()).state).toBe("ended");
    expect(session.said.join("\n")).toContain("turned out to be another");
    expect([...session.taken.keys()].toSorted()).toEqual(["r-0", "r-1", "r-2"]);
    expect(store.batches.size).toBe(2);
    expect(new Set(session.provider.bought.values())).toEqual(new Set([1]));
  });
});
