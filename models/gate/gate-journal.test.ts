import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { askSpeaker, hasty } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker, speakers } from "../../tests/loopback/speakers.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { CallAddress } from "../call.ts";
import { createGate } from "./gate.ts";
import type { CallJournal } from "./journal.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";

/** A journal in memory that keeps the order of its writes, and may refuse. */
function createMemoryJournal({
  refuses = [],
  slowMs = 0,
}: { refuses?: readonly (keyof CallJournal)[]; slowMs?: number } = {}) {
  const events: string[] = [];
  const answers = new Map<string, RawAnswer>();
  const ends: { outcome: string; cost: string }[] = [];
  async function write(kind: keyof CallJournal, event: string): Promise<void> {
    if (refuses.includes(kind)) throw new Error(`no room for ${event}`);
    if (slowMs > 0) await sleep(slowMs);
    events.push(event);
  }
  const journal: CallJournal = {
    async find(address, requestHash) {
      if (refuses.includes("find")) throw new Error("the disk is gone");
      return answers.get(keyOf(address, requestHash));
    },
    intend: ({ attempt }) => write("intend", `intent ${attempt}`),
    async keep({ address, requestHash, attempt }, answer) {
      await write("keep", `answer ${attempt}`);
      answers.set(keyOf(address, requestHash), answer);
    },
    async giveUp({ attempt }, outcome, cost) {
      await write("giveUp", `gave up ${attempt}`);
      ends.push({ outcome, cost });
    },
  };
  return { journal, events, answers, ends };
}

function keyOf({ row, agent, part, turn }: CallAddress, requestHash: string): string {
  return JSON.stringify([row.number, agent, part, turn, requestHash]);
}

describe.each(speakers)("a call to $name and the journal", (speaker) => {
  it("go in this order: intent, send, answer kept, answer read", async () => {
    const { journal, events } = createMemoryJournal({ slowMs: 30 });
    const gate = createGate({
      ...hasty,
      journal: () => journal,
      onCall: ({ outcome }, bought) => events.push(`read ${outcome}, bought ${String(bought)}`),
    });
    await withLoopbackServer(
      () => {
        events.push("sent");
        return speaker.answer();
      },
      async (server) => askSpeaker(speaker, server, { gate }),
    );
    expect(events).toEqual(["intent 1", "sent", "answer 1", "read answered, bought true"]);
  });

  it("write down every send, and how it ended without an answer", async () => {
    const { journal, events, ends } = createMemoryJournal();
    const gate = createGate({ ...hasty, timeoutMs: 400, journal: () => journal });
    await withLoopbackServer(
      ({ number }) => {
        if (number === 1) return speaker.refusal(500, "Oh no.");
        if (number === 2) return { status: 429, body: "" };
        if (number === 3) return { fault: { kind: "hang", where: "before-headers" } };
        return speaker.answer();
      },
      async (server) => {
        const record = await askSpeaker(speaker, server, { gate });
        expect(record.outcome).toBe("answered");
      },
    );
    expect(events.join(", ")).toBe(
      "intent 1, gave up 1, intent 2, gave up 2, intent 3, gave up 3, intent 4, answer 4",
    );
    expect(ends).toEqual([
      { outcome: "provider_error", cost: "none" },
      { outcome: "rate_limited", cost: "none" },
      // It may have been answered and billed.
      { outcome: "timed_out", cost: "unknown" },
    ]);
  });

  it("keep an answer byte by byte, whatever is wrong with it, and never buy it again", async () => {
    const { journal, answers } = createMemoryJournal();
    const bodies = [
      '{"choices": [], "candidates": [],  "a":"\\u00fc ü 🦜" }',
      "<html>Welcome</html>",
      JSON.stringify(speaker.answer({ content: "Half", finish: speaker.finish.cut }).body),
      "",
    ];
    for (const [row, body] of bodies.entries()) {
      await withLoopbackServer(
        () => ({ body }),
        async (server) => {
          const ask = async () =>
            askSpeaker(speaker, server, {
              gate: createGate({ ...hasty, journal: () => journal }),
              row,
            });
          const bought = await ask();
          expect([...answers.values()].at(-1)).toMatchObject({ kind: "http", status: 200, body });
          expect(await ask()).toEqual(bought);
          expect(server.requests).toHaveLength(1);
        },
      );
    }
  });
});

describe("an answer in the journal", () => {
  const said: [CallRecord, boolean][] = [];
  const question = [{ role: "user", content: "A question?" }] as const;

  it("counts only for the same question of the same model with the same settings", async () => {
    const { journal } = createMemoryJournal();
    const gate = createGate({
      ...hasty,
      journal: () => journal,
      onCall: (record, bought) => said.push([record, bought]),
    });
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async (server) => {
        const ask = (options: Parameters<typeof askSpeaker>[2]) =>
          askSpeaker(openAiSpeaker, server, { gate, ...options });
        await ask({});
        await ask({ messages: question });
        await ask({ settings: { timeoutMs: 5_000 } });
        expect(server.requests).toHaveLength(1);
        await ask({ messages: [{ role: "user", content: "A question!" }] });
        await ask({ messages: [{ role: "system", content: "A question?" }, ...question] });
        await ask({ settings: { temperature: 0 } });
        await ask({ settings: { maxTokens: 100 } });
        await ask({ settings: { systemRole: false } });
        await ask({ spec: "compatible:other-model" });
        await ask({ row: 2 });
        expect(server.requests).toHaveLength(8);
      },
    );
    expect(said.map(([, bought]) => bought)).toEqual([
      true,
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
    ]);
  });

  it("is given out though the gate is halted, for it costs nothing", async () => {
    const { journal } = createMemoryJournal();
    const gate = createGate({ ...hasty, journal: () => journal });
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async (server) => {
        await askSpeaker(openAiSpeaker, server, { gate });
        gate.halt({ outcome: "interrupted", detail: "stopped by SIGINT" });
        const record = await askSpeaker(openAiSpeaker, server, { gate });
        expect(record.outcome).toBe("answered");
      },
    );
  });
});

describe("a journal that can't be written", () => {
  it("lets nothing out when it can't take the intent", async () => {
    const { journal } = createMemoryJournal({ refuses: ["intend"] });
    const gate = createGate({ ...hasty, journal: () => journal });
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async (server) => {
        const record = await askSpeaker(openAiSpeaker, server, { gate });
        expect(record).toMatchObject({ outcome: "storage_failed", detail: "no room for intent 1" });
        expect(gate.halted?.outcome).toBe("storage_failed");
        expect(server.requests).toHaveLength(0);
      },
    );
  });

  it("stops the run when it can't take the answer, and the answer is not used", async () => {
    const { journal } = createMemoryJournal({ refuses: ["keep"] });
    const gate = createGate({ ...hasty, journal: () => journal });
    await withLoopbackServer(
      () => openAiSpeaker.answer({ content: "A paid answer." }),
      async (server) => {
        const record = await askSpeaker(openAiSpeaker, server, { gate });
        expect(record).toMatchObject({ outcome: "storage_failed", content: "", tokens: null });
        const later = await askSpeaker(openAiSpeaker, server, { gate, row: 2 });
        expect(later.outcome).toBe("storage_failed");
        expect(server.requests).toHaveLength(1);
      },
    );
  });

  it("stops the run when it can't tell how a send ended", async () => {
    const { journal } = createMemoryJournal({ refuses: ["giveUp"] });
    const gate = createGate({ ...hasty, journal: () => journal });
    await withLoopbackServer(
      () => openAiSpeaker.refusal(500, "Oh no."),
      async (server) => {
        const record = await askSpeaker(openAiSpeaker, server, { gate });
        expect(record.outcome).toBe("storage_failed");
        expect(server.requests).toHaveLength(1);
      },
    );
  });

  it("stops the run when it can't be read, before anything is bought again", async () => {
    const { journal } = createMemoryJournal({ refuses: ["find"] });
    const gate = createGate({ ...hasty, journal: () => journal });
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async (server) => {
        const record = await askSpeaker(openAiSpeaker, server, { gate });
        expect(record).toMatchObject({ outcome: "storage_failed", detail: "the disk is gone" });
        expect(server.requests).toHaveLength(0);
      },
    );
  });

  it("outranks what stopped the run before it", async () => {
    const { journal } = createMemoryJournal({ refuses: ["keep"] });
    const gate = createGate({ ...hasty, journal: () => journal });
    await withLoopbackServer(
      () => {
        gate.halt({ outcome: "interrupted", detail: "stopped by SIGINT" });
        return openAiSpeaker.answer();
      },
      async (server) => askSpeaker(openAiSpeaker, server, { gate }),
    );
    expect(gate.halted?.outcome).toBe("storage_failed");
  });

  it("is slow, and a halt comes while the intent is written: nothing leaves", async () => {
    const { journal, ends } = createMemoryJournal({ slowMs: 50 });
    const gate = createGate({ ...hasty, journal: () => journal });
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async (server) => {
        const asked = askSpeaker(openAiSpeaker, server, { gate });
        await sleep(20);
        gate.halt({ outcome: "interrupted", detail: "stopped by SIGINT" });
        expect(await asked).toMatchObject({ outcome: "interrupted" });
        expect(server.requests).toHaveLength(0);
        expect(ends).toEqual([{ outcome: "interrupted", cost: "none" }]);
      },
    );
  });
});

describe("a model in this process and the journal", () => {
  async function askCassette(
    path: string,
    lines: readonly object[],
    journal: CallJournal,
  ): Promise<CallRecord> {
    await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const gate = createGate({ journal: () => journal });
    return askSpeaker(openAiSpeaker, { url: "" }, { gate, spec: `replay:${path}` });
  }

  it("write down the answer and no intent, for nothing is sent", async () => {
    const path = join(temporaryDirectory(), "cassette.jsonl");
    const { journal, events } = createMemoryJournal();
    const record = await askCassette(
      path,
      [{ row: "row-1", turn: 0, content: "Recorded." }],
      journal,
    );
    expect(record).toMatchObject({ outcome: "answered", content: "Recorded." });
    expect(events).toEqual(["answer 1"]);
  });

  it("forget that a cassette lacked a call, so that the mended one is asked", async () => {
    const path = join(temporaryDirectory(), "cassette.jsonl");
    const { journal, events } = createMemoryJournal();
    const lacking = await askCassette(
      path,
      [{ row: "row-2", turn: 0, content: "Other." }],
      journal,
    );
    expect(lacking.outcome).toBe("not_recorded");
    expect(events).toEqual([]);
    const mended = await askCassette(
      path,
      [{ row: "row-1", turn: 0, content: "Mended." }],
      journal,
    );
    expect(mended).toMatchObject({ outcome: "answered", content: "Mended." });
  });
});
