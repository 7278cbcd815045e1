import { describe, expect, it } from "vitest";
import officialClients from "../../tests/batch-services/fixtures/official-clients.json" with { type: "json" };
import {
  requestsAsRecorded,
  type RecordedRequest,
} from "../../tests/batch-services/recorded-requests.ts";
import {
  createBatchServer,
  type BatchServer,
  type BatchServerOptions,
} from "../../tests/batch-services/batch-store.ts";
import {
  servedKey,
  servedProviders,
  type ServedProvider,
} from "../../tests/batch-services/served-providers.ts";
import { withLoopbackServer, type LoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { plainRequest } from "../gate/request/plain-request.ts";
import { readResponse } from "../gate/send-to-model.ts";
import { isFailure, readingOf } from "../gate/step.ts";
import { createEndpoint } from "../providers/create-endpoint.ts";
import { postOnWire } from "../wire/wire.ts";
import type { BatchRequest, BatchResult, BatchService } from "./batch-service.ts";
import { batchFactsOf, batchServiceFor, batchServices } from "./batch-services.ts";
import { wireFailureOf } from "./service-failure.ts";

const never = new AbortController().signal;

type Served = {
  readonly server: LoopbackServer;
  readonly provider: BatchServer;
  /** A service of its own, as a new process has it. */
  readonly connect: () => BatchService;
  readonly requests: readonly BatchRequest[];
};

/** Runs a test against a provider's server; three requests are ready to be submitted. */
async function withProvider(
  { dialect, spec, environment, speaker }: ServedProvider,
  options: Partial<BatchServerOptions>,
  run: (served: Served) => Promise<void>,
): Promise<void> {
  const answer = (body: unknown) =>
    speaker.answer({ content: `Said to ${JSON.stringify(body).length} letters.` });
  const provider = createBatchServer(dialect, { answer, ...options });
  await withLoopbackServer(provider.script, async (server) => {
    const variables = environment(server.url);
    const endpoint = await createEndpoint(spec, { temperature: 0.5 }, variables);
    const requests = ["Why?", "Where?\n\u2028 é 😀", "Who are you, and why?"].map(
      (text, index) => ({
        customId: `r-${index}`,
        body: plainRequest([{ role: "user", content: text }], endpoint)?.body ?? {},
      }),
    );
    const connect = () => {
      const service = batchServiceFor(spec, {}, variables, { retryMs: 1 });
      if (service === undefined) throw new Error(`${spec} has no service`);
      return service;
    };
    await run({ server, provider, connect, requests });
  });
}

/** The results of a batch by name; the last of a name counts. */
async function resultsOf(service: BatchService, id: string) {
  const results = new Map<string, BatchResult["result"]>();
  for await (const { customId, result } of service.results(id, never)) {
    results.set(customId, result);
  }
  return results;
}

async function submitted(service: BatchService, requests: readonly BatchRequest[], key = "key-1") {
  const { id } = await service.submit({ key, requests: () => requests }, never);
  return id;
}

/** What the reader of live answers makes of a result. */
async function outcomeOf({ spec, environment }: ServedProvider, result?: BatchResult["result"]) {
  if (result === undefined || "remedy" in result) return result?.outcome;
  const { protocol } = await createEndpoint(spec, {}, environment("http://127.0.0.1:1"));
  if (protocol === null) throw new Error("no protocol");
  const sent = readResponse(result, protocol);
  return isFailure(sent) ? sent.outcome : readingOf(sent).outcome;
}

it("serves every service of the list", () => {
  expect(servedProviders.map(({ name }) => name)).toEqual(Object.keys(batchServices));
});

it("has no service for models that are asked live", () => {
  const environment = { TOGETHER_API_KEY: servedKey, OPENAI_API_KEY: servedKey };
  expect(batchServiceFor("together:m", {}, environment)).toBeUndefined();
  expect(batchServiceFor("sim:m", {}, environment)).toBeUndefined();
  const settings = { baseUrls: ["http://127.0.0.1:1/v1"] };
  expect(batchServiceFor("openai:m", settings, environment)).toBeUndefined();
  expect(() => batchServiceFor("openai:m", {}, {})).toThrow("OPENAI_API_KEY");
  expect(batchFactsOf("together:m", {})).toBeUndefined();
  expect(batchFactsOf("openai:m", {})?.priceShare).toBe(0.5);
  expect(batchFactsOf("google:models/gemini-3-pro", {})?.longestHours).toBe(48);
  expect(batchFactsOf("google:gemma-3-27b-it", {})).toBeUndefined();
});

it.each(["openai", "anthropic", "google"] as const)(
  "makes the requests that the official client of %s makes",
  async (name) => {
    const member = servedProviders.find((one) => one.name === name);
    if (member === undefined) throw new Error(`no ${name}`);
    await withProvider(member, {}, async ({ server, connect }) => {
      const service = connect();
      const requests = ["a", "b"].map((customId, index) => ({
        customId,
        body: { model: "m", n: index + 1 },
      }));
      const id = await submitted(service, requests, "k");
      await service.poll(id, never);
      // How Google's client downloads is its own; its service documents the path that is used.
      if (name !== "google") await resultsOf(service, id);
      const sought = { key: "other", count: 7, since: Date.now(), holds: () => false };
      await service.find(sought, never);
      await service.cancel(id, never);
      const texts = (all: readonly RecordedRequest[]) =>
        [...new Set(all.map((one) => JSON.stringify(sortedKeys(one))))].toSorted();
      expect(texts(requestsAsRecorded(server.requests))).toEqual(texts(officialClients[name]));
    });
  },
);

/** The same value with the keys of its objects in one order. */
function sortedKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sortedKeys);
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortedKeys(inner)]));
}

describe.each(servedProviders)("the batches of $name", (member) => {
  it("bring the answers that the same requests get live", async () => {
    await withProvider(member, { arrange: (all) => all.toReversed() }, async (served) => {
      const { requests, provider, server, connect } = served;
      const service = connect();
      const id = await submitted(service, requests);
      expect(await service.poll(id, never)).toMatchObject({
        state: "ended",
        counts: { total: 3 },
      });
      const results = await resultsOf(service, id);
      expect([...results.keys()]).toEqual(["r-2", "r-1", "r-0"]);
      expect([...provider.bought.values()]).toEqual([1, 1, 1]);

      const { environment, spec } = member;
      const endpoint = await createEndpoint(spec, { temperature: 0.5 }, environment(server.url));
      const request = plainRequest([{ role: "user", content: "Why?" }], endpoint);
      const wire = { totalMs: 60_000, idleMs: 60_000, signal: never, received: async () => {} };
      const live = request && (await postOnWire(wire, request));
      if (live?.kind !== "received" || endpoint.protocol === null) throw new Error("no answer");
      const batched = results.get("r-0");
      if (batched === undefined || "remedy" in batched) throw new Error("no result");
      expect(provider.bought.get(JSON.stringify(request?.body))).toBe(2);
      expect(readResponse(batched, endpoint.protocol)).toEqual(
        readResponse(live, endpoint.protocol),
      );
    });
  });

  it("take no more bytes than they count", async () => {
    await withProvider(member, {}, async ({ requests, server, connect }) => {
      const service = connect();
      await submitted(service, requests);
      const lengths = server.requests.map(({ headers }) => Number(headers["content-length"] ?? 0));
      const counted = requests.reduce((sum, request) => sum + service.sizeOf(request), 0);
      const frame = Math.max(...lengths) - counted;
      expect(frame).toBeGreaterThanOrEqual(-1);
      expect(frame).toBeLessThan(500);
      expect(service.limits.requests).toBeGreaterThanOrEqual(50_000);
    });
  });

  it.each(["upload", "submit"] as const)("survive failures of the %s", async (step) => {
    const unavailable = { status: 502, body: "<html>Bad gateway</html>" };
    const faults = [
      { kind: "refuse", reply: unavailable },
      { kind: "lose" },
      { kind: "refuse", reply: { status: 200, body: "<html>Welcome</html>" } },
    ] as const;
    for (const fault of faults) {
      const options: Partial<BatchServerOptions> = {
        fault: (at, count) => (at === step && count === 1 ? fault : undefined),
      };
      await withProvider(member, options, async ({ requests, provider, connect }) => {
        const service = connect();
        const id = await submitted(service, requests);
        expect(await service.poll(id, never)).toMatchObject({ state: "ended" });
        expect((await resultsOf(service, id)).size).toBe(3);
        expect(provider.store.batches.size).toBe(1);
      });
    }
  });

  it("are found again by a process that did not see the answer", async () => {
    await withProvider(member, { looks: 2 }, async ({ requests, connect }) => {
      await submitted(connect(), requests.slice(0, 1), "before");
      const since = Date.now();
      const id = await submitted(connect(), requests, "ours");
      await submitted(connect(), requests.slice(0, 2), "after");
      await submitted(connect(), requests.slice(0, 2), "later");
      const names = new Set(requests.map(({ customId }) => customId));
      const ours = {
        key: "ours",
        count: 3,
        since,
        holds: (customId: string) => names.has(customId),
      };
      const service = connect();
      expect(await service.find(ours, never)).toBe(id);
      expect(await service.find({ ...ours, key: "none", count: 7 }, never)).toBeUndefined();
      const known = new Set([id]);
      const isKept = member.name !== "anthropic";
      expect(await service.find({ ...ours, known }, never)).toBe(isKept ? id : undefined);
      await service.poll(id, never);
      await service.poll(id, never);
      expect(await service.find(ours, never)).toBe(id);
    });
  });

  it("are looked at through errors, and lost where the service doesn't know them", async () => {
    const options: Partial<BatchServerOptions> = {
      looks: 2,
      fault: (step, count) =>
        step === "look" && count < 4
          ? { kind: "refuse", reply: { status: 500 + (count % 2), body: "Oh no." } }
          : undefined,
    };
    await withProvider(member, options, async ({ requests, provider, connect }) => {
      const service = connect();
      const id = await submitted(service, requests);
      expect(await service.poll(id, never)).toMatchObject({ state: "running" });
      expect(await service.poll(id, never)).toMatchObject({ state: "ended" });
      provider.store.batches.clear();
      expect(await service.poll(id, never)).toMatchObject({ state: "lost" });
    });
  });

  it("keep the results that came before they expired", async () => {
    const { answer } = member.speaker;
    const options: Partial<BatchServerOptions> = {
      endsAs: "expired",
      answer: (_, customId) => (customId === "r-1" ? answer() : null),
    };
    await withProvider(member, options, async ({ requests, connect }) => {
      const service = connect();
      const id = await submitted(service, requests);
      expect((await service.poll(id, never)).state).toBe("expired");
      const results = await resultsOf(service, id);
      expect(await outcomeOf(member, results.get("r-1"))).toBe("answered");
      for (const name of ["r-0", "r-2"]) {
        const result = results.get(name);
        const isOpen =
          result === undefined || ("remedy" in result && result.remedy === "transient");
        expect(isOpen).toBe(true);
      }
    });
  });

  it("give each refused request the outcome that it has live", async () => {
    const { speaker } = member;
    const overflow = "This model's maximum context length is 8 tokens.";
    const replies = [
      speaker.refusal(400, overflow, member.name === "google" ? "INVALID_ARGUMENT" : undefined),
      speaker.answer({ content: "", finish: speaker.finish.filtered }),
      speaker.refusal(
        429,
        "Too many requests.",
        { google: "RESOURCE_EXHAUSTED", anthropic: "rate_limit_error" }[member.name],
      ),
    ];
    const options: Partial<BatchServerOptions> = {
      answer: (_, customId = "") => replies[Number(customId.at(-1))] ?? null,
    };
    await withProvider(member, options, async ({ requests, connect }) => {
      const service = connect();
      const id = await submitted(service, requests);
      await service.poll(id, never);
      const results = await resultsOf(service, id);
      const outcomes = ["r-0", "r-1", "r-2"].map((name) => outcomeOf(member, results.get(name)));
      expect(await Promise.all(outcomes)).toEqual(["context_overflow", "filtered", "rate_limited"]);
    });
  });

  it("read a broken download again", async () => {
    for (const afterBytes of [0, 300]) {
      const options: Partial<BatchServerOptions> = {
        fault: (step, count) =>
          step === "read" && count <= 2 ? { kind: "cut", afterBytes } : undefined,
      };
      await withProvider(member, options, async ({ requests, connect }) => {
        const service = connect();
        const id = await submitted(service, requests);
        await service.poll(id, never);
        const results = await resultsOf(service, id);
        for (const name of ["r-0", "r-1", "r-2"]) {
          expect(await outcomeOf(member, results.get(name))).toBe("answered");
        }
      });
    }
  });

  it("pass over lines that hold no result, and mark those that are not in UTF-8", async () => {
    const named = member.name === "google" ? "key" : "custom_id";
    const write = (file: string) =>
      Buffer.concat([
        Buffer.from(`\n   \nno JSON\n[]\n{"${named}": 7}\n{"${named}": "r-9"}\n${file}`),
        Buffer.from(`{"${named}": "r-2", "response": "\xff\xfe"}\n`, "latin1"),
        Buffer.from('"\r\n'),
      ]);
    const arrange: BatchServerOptions["arrange"] = (all) =>
      all.filter(({ customId }) => customId !== "r-2");
    await withProvider(member, { write, arrange }, async ({ requests, connect }) => {
      const service = connect();
      const id = await submitted(service, requests);
      await service.poll(id, never);
      const results = await resultsOf(service, id);
      expect([...results.keys()].toSorted()).toEqual(["r-0", "r-1", "r-2"]);
      expect(await outcomeOf(member, results.get("r-0"))).toBe("answered");
      expect(await outcomeOf(member, results.get("r-2"))).toBe("bad_response");
    });
  });

  it("say why a batch failed as a whole", async () => {
    // Anthropic refuses what it can't take when it is submitted.
    if (member.name === "anthropic") return;
    await withProvider(member, { endsAs: "failed" }, async ({ requests, connect }) => {
      const service = connect();
      const id = await submitted(service, requests);
      expect(await service.poll(id, never)).toMatchObject({
        state: "failed",
        failure: { outcome: "provider_refused", remedy: "run", detail: "no such model" },
      });
    });
  });

  it("stop at a refused key without repeating it", async () => {
    const message = `Incorrect API key provided: ${servedKey}`;
    const reply = member.speaker.refusal(401, message);
    const options: Partial<BatchServerOptions> = { fault: () => ({ kind: "refuse", reply }) };
    await withProvider(member, options, async ({ requests, connect, server }) => {
      const error = await submitted(connect(), requests).catch((thrown: unknown) => thrown);
      expect(wireFailureOf(error)).toMatchObject({ outcome: "provider_refused", remedy: "run" });
      expect(String(error)).toContain(`${member.name}'s batches: can't `);
      expect(String(error)).toContain("Incorrect API key provided: [key]");
      expect(JSON.stringify(error)).not.toContain(servedKey);
      expect(server.requests.length).toBe(1);
    });
  });

  it("wait where the service asks for it", async () => {
    const reply = {
      ...member.speaker.refusal(429, "Slow down."),
      headers: { "retry-after": "0.01" },
    };
    const options: Partial<BatchServerOptions> = {
      fault: (step, count) =>
        step === "submit" && count < 3 ? { kind: "refuse", reply } : undefined,
    };
    await withProvider(member, options, async ({ requests, provider, connect }) => {
      await submitted(connect(), requests);
      expect(provider.store.batches.size).toBe(1);
    });
  });

  it("can be cancelled, and stop when they are told to", async () => {
    await withProvider(member, { looks: 9 }, async ({ requests, provider, connect }) => {
      const service = connect();
      const id = await submitted(service, requests);
      await service.cancel(id, never);
      expect((await service.poll(id, never)).state).toBe("cancelled");
      const stopped = AbortSignal.abort();
      await expect(service.poll(id, stopped)).rejects.toThrow("abort");
      const again = service.submit({ key: "other", requests: () => requests }, stopped);
      await expect(again).rejects.toThrow("abort");
      expect(provider.store.batches.size).toBe(1);
    });
  });
});
