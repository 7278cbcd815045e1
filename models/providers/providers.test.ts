import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { askSpeaker } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import {
  claudeSpeaker,
  geminiSpeaker,
  openAiSpeaker,
  type Speaker,
} from "../../tests/loopback/speakers.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { parseModelSpec } from "./model-spec.ts";
import type { RemoteProvider } from "./provider.ts";
import { providerNames, providers } from "./providers.ts";

const key = "canary-key-7d1f44c0";

/** Everything an error tells, its cause included. */
function told(error: unknown): string {
  return inspect(error, { depth: 10 });
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("expected an error"),
    (error: unknown) => error,
  );
}

/** How each protocol is spoken, and where a request to `a/model:b` and its key arrive. */
const spoken: Readonly<
  Record<string, { speaker: Speaker; path: string; keyHeader: string; sentKey: string }>
> = {
  openai: {
    speaker: openAiSpeaker,
    path: "/base/chat/completions",
    keyHeader: "authorization",
    sentKey: `Bearer ${key}`,
  },
  google: {
    speaker: geminiSpeaker,
    path: "/base/v1beta/a/model:b:generateContent",
    keyHeader: "x-goog-api-key",
    sentKey: key,
  },
  anthropic: {
    speaker: claudeSpeaker,
    path: "/base/v1/messages",
    keyHeader: "x-api-key",
    sentKey: key,
  },
};

const remote = providers.filter((provider): provider is RemoteProvider => "protocol" in provider);

describe("the list of providers", () => {
  it("names each once, and a model spec finds each", () => {
    expect(new Set(providerNames).size).toBe(providers.length);
    for (const provider of providers) {
      expect(parseModelSpec(`${provider.name}:m`).provider).toBe(provider);
    }
  });
});

describe.each(remote)("provider $name", (provider) => {
  const how = spoken[provider.protocol.name];
  if (how === undefined) throw new Error(`add a speaker of ${provider.protocol.name}`);
  const { speaker, path, keyHeader, sentKey } = how;
  const spec = `${provider.name}:a/model:b`;
  const variable = provider.keyVariables[0] ?? "";
  const addressVariable = provider.baseUrlVariable;
  const environmentAt = (url: string) => ({ [variable]: key, [addressVariable]: `${url}/base/` });

  it("tells an answer, its tokens and a cut", async () => {
    const replies = [speaker.answer(), speaker.answer({ finish: speaker.finish.cut })];
    await withLoopbackServer(
      ({ number }) => replies[number - 1] ?? speaker.answer(),
      async (server) => {
        const options = { spec, environment: environmentAt(server.url) };
        expect(await askSpeaker(speaker, server, options)).toMatchObject({
          outcome: "answered",
          content: "An answer.",
          tokens: { in: 11, out: 7 },
        });
        expect(await askSpeaker(speaker, server, { ...options, row: 2 })).toMatchObject({
          outcome: "cut_at_length",
          content: "An answer.",
        });
      },
    );
  });

  it("tells a refusal in its own words, and waits as long as a 429 asks", async () => {
    const replies = [
      { ...speaker.refusal(429, "Slow down."), headers: { "retry-after-ms": "30" } },
      speaker.refusal(400, "An odd request."),
    ];
    const arrivals: number[] = [];
    await withLoopbackServer(
      ({ number }) => {
        arrivals.push(performance.now());
        return replies[number - 1] ?? speaker.answer();
      },
      async (server) => {
        const options = { spec, environment: environmentAt(server.url) };
        expect(await askSpeaker(speaker, server, options)).toMatchObject({
          outcome: "invalid_request",
          detail: "HTTP 400: An odd request.",
        });
      },
    );
    expect(arrivals).toHaveLength(2);
    expect((arrivals[1] ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThanOrEqual(29);
  });

  it("reaches its base URL with its key, once, and is not streamed", async () => {
    await withLoopbackServer(
      () => speaker.answer(),
      async (server) => {
        const environment = { [variable]: key, [addressVariable]: `${server.url}/base/` };
        const record = await askSpeaker(speaker, server, { spec, environment });
        expect(record).toMatchObject({ outcome: "answered", model: spec });
        expect(server.requests).toHaveLength(1);
        const [request] = server.requests;
        expect(request?.path).toBe(path);
        expect(request?.headers[keyHeader]).toBe(sentKey);
        const others = { ...request, headers: { ...request?.headers, [keyHeader]: "" } };
        expect(JSON.stringify(others)).not.toContain(key);
        expect(request?.body).not.toMatchObject({ stream: true });
      },
    );
  });

  it("takes every key variable it names, without the spaces around the key", async () => {
    for (const other of provider.keyVariables) {
      await withLoopbackServer(
        () => speaker.answer(),
        async (server) => {
          const environment = { [other]: ` ${key}\n`, [addressVariable]: server.url };
          await askSpeaker(speaker, server, { spec, environment });
          expect(JSON.stringify(server.requests[0]?.headers)).toContain(key);
        },
      );
    }
  });

  it("refuses a key that can't stand in a header, without repeating it", async () => {
    for (const broken of [`“${key}”`, `${key}\n${key}`, `${key} ${key}`, `Schlüssel-${key}`]) {
      const environment = { [variable]: broken, [addressVariable]: "http://127.0.0.1:9/v1" };
      const error = await errorOf(createEndpoint(spec, {}, environment));
      expect(error).toMatchObject({ code: "bad_usage", facts: { variable } });
      expect(told(error)).not.toContain(key);
    }
  });

  it("refuses an address that is none, without repeating it", async () => {
    for (const address of [
      "127.0.0.1:8080/v1",
      "localhost:8080/v1",
      "ftp://127.0.0.1/v1",
      `http://user:${key}@127.0.0.1/v1`,
      `http://127.0.0.1/v1?key=${key}`,
      "http://127.0.0.1/v1#here",
    ]) {
      const environment = { [variable]: "a-key-that-is-fine", [addressVariable]: address };
      const error = await errorOf(createEndpoint(spec, {}, environment));
      expect(error).toMatchObject({ code: "bad_usage", facts: { variable: addressVariable } });
      expect(told(error)).not.toContain(key);
    }
  });

  it("never lets its key into what is told of a refused call, though the server repeats it", async () => {
    await withLoopbackServer(
      ({ headers }) => {
        return speaker.refusal(400, `no such thing: ${String(headers[keyHeader])}`);
      },
      async (server) => {
        const environment = { [variable]: key, [addressVariable]: server.url };
        const record = await askSpeaker(speaker, server, { spec, environment });
        expect(record.outcome).toBe("invalid_request");
        expect(record.detail).toContain("[key]");
        expect(JSON.stringify(record)).not.toContain(key);
      },
    );
  });
});
