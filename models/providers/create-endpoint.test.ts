import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { askScripted, askSpeaker } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { geminiSpeaker, openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { providers, type Provider } from "./provider-table.ts";

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

const remote = Object.entries<Provider>(providers).filter(
  ([, { keyVariables }]) => keyVariables !== undefined,
);

describe.each(remote)("provider %s", (name, provider) => {
  const speaker = provider.client === "google" ? geminiSpeaker : openAiSpeaker;
  const spec = `${name}:a/model:b`;
  const variable = provider.keyVariables?.[0] ?? "";
  const addressVariable = provider.baseUrlVariable ?? "";

  it("reaches its base URL with its key, once, and is not streamed", async () => {
    await withLoopbackServer(
      () => speaker.answer(),
      async (server) => {
        const environment = { [variable]: key, [addressVariable]: `${server.url}/base/` };
        const record = await askSpeaker(speaker, server, { spec, environment });
        expect(record).toMatchObject({ outcome: "answered", model: spec });
        expect(server.requests).toHaveLength(1);
        const [request] = server.requests;
        expect(request?.path).toBe(
          provider.client === "google"
            ? "/base/v1beta/a/model:b:generateContent"
            : "/base/chat/completions",
        );
        const sentKey = request?.headers["x-goog-api-key"] ?? request?.headers.authorization;
        expect(sentKey).toBe(provider.client === "google" ? key : `Bearer ${key}`);
        expect(request?.body).not.toMatchObject({ stream: true });
      },
    );
  });

  it("takes every key variable it names, without the spaces around the key", async () => {
    for (const other of provider.keyVariables ?? []) {
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
        const sent = headers["x-goog-api-key"] ?? headers.authorization;
        return speaker.refusal(400, `no such thing: ${String(sent)}`);
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

describe("an answer that repeats the key", () => {
  it("is kept and told without it", async () => {
    await withLoopbackServer(
      ({ headers }) => openAiSpeaker.answer({ content: `You sent ${headers.authorization}.` }),
      async (server) => {
        const environment = { OPENAI_API_KEY: key, OPENAI_BASE_URL: server.url };
        const options = { spec: "openai:gpt-test", environment };
        const record = await askSpeaker(openAiSpeaker, server, options);
        expect(record.content).toBe("You sent Bearer [key].");
      },
    );
  });
});

describe("createEndpoint", () => {
  const withKey = remote.filter(([, { keyOptional }]) => keyOptional !== true);

  it.each(withKey)("names the variable of the key that %s lacks", async (name, provider) => {
    const variable = provider.keyVariables?.[0] ?? "";
    for (const environment of [{}, { [variable]: "" }, { [variable]: " " }]) {
      const error = await errorOf(createEndpoint(`${name}:m`, {}, environment));
      expect(error).toMatchObject({ name: "FellowshipError", code: "bad_usage" });
      expect(error).toMatchObject({ facts: { variable, model: `${name}:m` } });
      expect(String(error)).toContain(variable);
    }
  });

  it("names the variable of the address that an OpenAI-compatible server lacks", async () => {
    const error = await errorOf(createEndpoint("compatible:m", {}, {}));
    expect(error).toMatchObject({
      code: "bad_usage",
      facts: { variable: "OPENAI_COMPATIBLE_BASE_URL" },
    });
    expect(String(error)).toContain("http://127.0.0.1:8080/v1");
  });

  it("asks local servers without a key", async () => {
    for (const [spec, variable] of [
      ["ollama:gemma2:9b", "OLLAMA_BASE_URL"],
      ["compatible:m", "OPENAI_COMPATIBLE_BASE_URL"],
    ] as const) {
      const { record } = await withLoopbackServer(
        () => openAiSpeaker.answer(),
        async (server) => {
          const environment = { [variable]: `${server.url}/v1` };
          return { record: await askSpeaker(openAiSpeaker, server, { spec, environment }) };
        },
      );
      expect(record.outcome).toBe("answered");
    }
  });

  it("finds Ollama's chat completions under its plain address too", async () => {
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async (server) => {
        const environment = { OLLAMA_BASE_URL: `${server.url}/` };
        await askSpeaker(openAiSpeaker, server, { spec: "ollama:gemma2:9b", environment });
        expect(server.requests[0]).toMatchObject({
          path: "/v1/chat/completions",
          body: { model: "gemma2:9b" },
        });
      },
    );
  });

  it("ignores the gateway and the account that the shell names for other programs", async () => {
    process.env["LANGSMITH_GATEWAY"] = "http://127.0.0.1:9/gateway";
    process.env["OPENAI_ORG_ID"] = "org-of-openai";
    process.env["OPENAI_PROJECT_ID"] = "project-of-openai";
    try {
      const { server } = await askScripted(openAiSpeaker, () => openAiSpeaker.answer());
      expect(server.requests).toHaveLength(1);
      expect(JSON.stringify(server.requests[0]?.headers)).not.toContain("of-openai");
      const { chatModel } = await createEndpoint("google:gemini", {}, { GOOGLE_API_KEY: key });
      expect(chatModel).toMatchObject({ baseUrl: "https://generativelanguage.googleapis.com" });
    } finally {
      delete process.env["LANGSMITH_GATEWAY"];
      delete process.env["OPENAI_ORG_ID"];
      delete process.env["OPENAI_PROJECT_ID"];
    }
  });
});

describe("settings of an agent", () => {
  const settings = { temperature: 0, maxTokens: 321 };
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Why?" },
    { role: "assistant", content: "Because." },
    { role: "user", content: "And then?" },
  ] as const;

  it("arrive in the body of an OpenAI request", async () => {
    const script = () => openAiSpeaker.answer();
    const { server } = await askScripted(openAiSpeaker, script, { settings, messages });
    expect(server.requests[0]?.body).toMatchObject({
      model: "test-model",
      temperature: 0,
      max_tokens: 321,
      messages,
    });
  });

  it("arrive in the body of a Gemini request", async () => {
    const script = () => geminiSpeaker.answer();
    const { server } = await askScripted(geminiSpeaker, script, { settings, messages });
    expect(server.requests[0]?.body).toMatchObject({
      generationConfig: { temperature: 0, maxOutputTokens: 321 },
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        { role: "user", parts: [{ text: "Why?" }] },
        { role: "model", parts: [{ text: "Because." }] },
        { role: "user", parts: [{ text: "And then?" }] },
      ],
    });
  });

  it("stay away where the topology is silent", async () => {
    const openAi = await askScripted(openAiSpeaker, () => openAiSpeaker.answer());
    expect(openAi.server.requests[0]?.body).not.toHaveProperty("temperature");
    expect(openAi.server.requests[0]?.body).not.toHaveProperty("max_tokens");
    const gemini = await askScripted(geminiSpeaker, () => geminiSpeaker.answer());
    expect(gemini.server.requests[0]?.body).toMatchObject({ generationConfig: {} });
    expect(JSON.stringify(gemini.server.requests[0]?.body)).not.toMatch(/temperature|maxOutput/);
  });

  it("put system text into the user's message for Gemma, which has no system role", async () => {
    for (const spec of ["google:gemma-2-27b-it", "google:models/gemma-3-1b-it"]) {
      const script = () => geminiSpeaker.answer();
      const { server } = await askScripted(geminiSpeaker, script, { messages, spec });
      expect(server.requests[0]?.body).not.toHaveProperty("systemInstruction");
      expect(server.requests[0]?.body).toMatchObject({
        contents: [
          { role: "user", parts: [{ text: "Be brief." }, { text: "Why?" }] },
          { role: "model" },
          { role: "user" },
        ],
      });
    }
  });

  it("put system text into the first user message where systemRole is false", async () => {
    for (const speaker of [openAiSpeaker, geminiSpeaker]) {
      const options = { messages, settings: { systemRole: false } };
      const { server } = await askScripted(speaker, () => speaker.answer(), options);
      const body = JSON.stringify(server.requests[0]?.body);
      expect(body).toContain(JSON.stringify("Be brief.\n\nWhy?"));
      expect(body).not.toContain("system");
    }
  });
});
