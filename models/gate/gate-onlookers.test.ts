import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { LangChainTracer } from "@langchain/core/tracers/tracer_langchain";
import { MessagesAnnotation, StateGraph } from "@langchain/langgraph";
import { Client } from "langsmith";
import { describe, expect, it } from "vitest";
import { askSpeaker, hasty } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { geminiSpeaker, speakers } from "../../tests/loopback/speakers.ts";
import { createEndpoint } from "../providers/create-endpoint.ts";
import { createGate } from "./gate.ts";

/** A graph of one node that asks, as Studio or a tracer looks at it. */
function createGraph(ask: () => Promise<unknown>) {
  return new StateGraph(MessagesAnnotation)
    .addNode("node", async () => {
      await ask();
      return { messages: [] };
    })
    .addEdge("__start__", "node")
    .compile();
}

describe.each(speakers)("a watched call to $name", (speaker) => {
  it("is not streamed, though the onlooker wants tokens", async () => {
    await withLoopbackServer(
      () => speaker.answer(),
      async (server) => {
        const records: unknown[] = [];
        const graph = createGraph(async () => records.push(await askSpeaker(speaker, server)));
        for await (const _ of await graph.stream({ messages: [] }, { streamMode: "messages" }));
        expect(records).toMatchObject([{ outcome: "answered" }]);
        expect(server.requests).toHaveLength(1);
        expect(server.requests[0]?.path).not.toContain("stream");
        expect(server.requests[0]?.body).not.toMatchObject({ stream: true });
      },
    );
  });

  it("is not mistaken for the tracer's own requests, which go their way", async () => {
    await withLoopbackServer(
      ({ path }) => (path.startsWith("/traces") ? { status: 202 } : speaker.answer()),
      async (server) => {
        const client = new Client({ apiUrl: `${server.url}/traces`, apiKey: "trace-key" });
        const tracer = new LangChainTracer({ client, projectName: "test" });
        const records: unknown[] = [];
        const graph = createGraph(async () => {
          for (const row of [1, 2]) records.push(await askSpeaker(speaker, server, { row }));
        });
        await graph.invoke({ messages: [] }, { callbacks: [tracer] });
        await client.awaitPendingTraceBatches();
        expect(records).toMatchObject([{ outcome: "answered" }, { outcome: "answered" }]);
        const traced = server.requests.filter(({ path }) => path.startsWith("/traces"));
        expect(traced.length).toBeGreaterThan(0);
        expect(server.requests.length - traced.length).toBe(2);
      },
    );
  });

  it("goes its way while a callback makes a request of its own", async () => {
    class Nosy extends BaseCallbackHandler {
      readonly name = "nosy";
      override readonly awaitHandlers = true;
      readonly #url: string;
      constructor(url: string) {
        super();
        this.#url = url;
      }
      override async handleChatModelStart(): Promise<void> {
        expect((await fetch(`${this.#url}/nosy`)).status).toBe(204);
      }
    }
    await withLoopbackServer(
      ({ path }) => (path === "/nosy" ? { status: 204 } : speaker.answer()),
      async (server) => {
        const records: unknown[] = [];
        const graph = createGraph(async () => records.push(await askSpeaker(speaker, server)));
        await graph.invoke({ messages: [] }, { callbacks: [new Nosy(server.url)] });
        expect(records).toMatchObject([{ outcome: "answered" }]);
        expect(server.requests.map(({ path }) => path === "/nosy")).toEqual([true, false]);
      },
    );
  });

  it("comes home though the graph around it is given up", async () => {
    await withLoopbackServer(
      () => ({ ...speaker.answer(), delayMs: 100 }),
      async (server) => {
        const gate = createGate(hasty);
        let asked: ReturnType<typeof askSpeaker> | undefined;
        const graph = createGraph(() => (asked = askSpeaker(speaker, server, { gate })));
        const run = graph.invoke({ messages: [] }, { signal: AbortSignal.timeout(50) });
        await expect(run).rejects.toBeInstanceOf(Error);
        expect(await asked).toMatchObject({ outcome: "answered" });
        expect(gate.halted).toBeNull();
      },
    );
  });

  it("is refused outside the gate, where no journal would hold it", async () => {
    await withLoopbackServer(
      () => speaker.answer(),
      async (server) => {
        const environment = speaker.environment(server.url);
        const { chatModel } = await createEndpoint(speaker.spec, {}, environment);
        const client = await chatModel();
        await expect(client.invoke("A question?")).rejects.toBeInstanceOf(Error);
        expect(server.requests).toHaveLength(0);
      },
    );
  });
});

describe("64 calls at once", () => {
  it.each(speakers)("to $name get each its own answer, without a warning", async (speaker) => {
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown) => void warnings.push(warning);
    process.on("warning", onWarning);
    await withLoopbackServer(
      ({ body, number }) => ({
        ...speaker.answer({ content: JSON.stringify(body) }),
        delayMs: (number % 7) * 3,
      }),
      async (server) => {
        const gate = createGate(hasty);
        const records = await Promise.all(
          Array.from({ length: 64 }, (_, row) =>
            askSpeaker(speaker, server, {
              gate,
              row,
              messages: [{ role: "user", content: `Question ${row}?` }],
            }),
          ),
        );
        for (const [row, { outcome, content }] of records.entries()) {
          expect(outcome).toBe("answered");
          expect(content).toContain(`Question ${row}?`);
        }
        expect(server.requests).toHaveLength(64);
      },
    );
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });
});

describe("the global fetch", () => {
  it("stays whole for everyone else, during and after a Gemini call", async () => {
    await withLoopbackServer(
      ({ path }) => (path === "/else" ? { body: "else" } : geminiSpeaker.answer()),
      async (server) => {
        const [record, other] = await Promise.all([
          askSpeaker(geminiSpeaker, server),
          fetch(`${server.url}/else`).then((response) => response.text()),
        ]);
        expect(record.outcome).toBe("answered");
        expect(other).toBe("else");
        expect(await (await fetch(`${server.url}/else`)).text()).toBe("else");
      },
    );
  });

  it("may be replaced by another program, and Gemini's calls still go over the wire", async () => {
    await withLoopbackServer(
      () => geminiSpeaker.answer(),
      async (server) => {
        await askSpeaker(geminiSpeaker, server);
        const before = globalThis.fetch;
        let seen = 0;
        globalThis.fetch = (...request) => {
          seen += 1;
          return before(...request);
        };
        try {
          expect((await askSpeaker(geminiSpeaker, server, { row: 2 })).outcome).toBe("answered");
          expect(seen).toBe(0);
        } finally {
          globalThis.fetch = before;
        }
      },
    );
  });
});
