import { describe, expect, it } from "vitest";
import { askScripted, askSpeaker } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { geminiSpeaker, openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { createEndpoint } from "./create-endpoint.ts";
import type { RemoteProvider } from "./provider.ts";
import { providers } from "./providers.ts";

const key = "canary-key-7d1f44c0";

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("expected an error"),
    (error: unknown) => error,
  );
}

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
  const withKey = providers
    .filter((provider): provider is RemoteProvider => "protocol" in provider)
    .filter(({ keyOptional }) => keyOptional !== true);

  it.each(withKey)("names the variable of the key that $name lacks", async (provider) => {
    const { name } = provider;
    const variable = provider.keyVariables[0] ?? "";
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
      expect(await chatModel()).toMatchObject({
        baseUrl: "https://generativelanguage.googleapis.com",
      });
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
