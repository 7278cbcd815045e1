import { describe, expect, it } from "vitest";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import type { Message } from "../../state/message.ts";
import { adaptedMessages, requestMessages } from "../gate/request/request-messages.ts";
import type { ModelSettings } from "../model-settings.ts";
import { onWire, type WireCall } from "../wire/wire.ts";
import { createEndpoint } from "./create-endpoint.ts";
import type { RemoteProvider } from "./provider.ts";
import { providers } from "./providers.ts";

const models = [
  "gpt-4o",
  "o3-mini",
  "gpt-5.1",
  "gpt-5-chat-latest",
  "meta-llama/Llama-3:free",
  "gemini-2.5-flash",
  "gemma-3-27b-it",
  "models/gemini-3-pro",
];
const settings: readonly ModelSettings[] = [{}, { temperature: 0.7, maxTokens: 321 }];
const conversations: readonly (readonly Message[])[] = [
  [{ role: "user", content: "Why? \u2028 \ud83d\ude00 \\" }],
  [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Why?" },
    { role: "assistant", content: "" },
    { role: "system", content: "Be kind." },
    { role: "user", content: "" },
  ],
];

const withOwnRequests = providers.filter(
  (provider): provider is RemoteProvider =>
    "createRequests" in provider && provider.createRequests !== undefined,
);

describe.each(withOwnRequests)("the requests of $name without its client", (provider) => {
  it("are its client's, letter by letter", async () => {
    process.env["OPENAI_ORG_ID"] = "org-of-openai";
    process.env["OPENAI_PROJECT_ID"] = "project-of-openai";
    try {
      await withLoopbackServer(
        () => ({ body: "{}" }),
        async (server) => {
          const environment = {
            [provider.keyVariables[0] ?? ""]: "a-key-of-the-test",
            [provider.baseUrlVariable]: `${server.url}/base`,
          };
          for (const model of models) {
            for (const given of settings) {
              const spec = `${provider.name}:${model}`;
              const endpoint = await createEndpoint(spec, given, environment);
              for (const messages of conversations) {
                const own = endpoint.requestOf?.(adaptedMessages(messages, endpoint));
                const chatModel = await endpoint.chatModel();
                await onWire(wireCall, () => chatModel.invoke(requestMessages(messages, endpoint)));
                const sent = server.requests.at(-1);
                expect(own?.url).toBe(`${server.url}${sent?.path}`);
                expect(JSON.stringify(own?.body)).toBe(JSON.stringify(sent?.body));
                expect(sent?.headers).toMatchObject(own?.headers ?? {});
                const account = Object.entries(sent?.headers ?? {}).filter(([, value]) =>
                  String(value).endsWith("-of-openai"),
                );
                expect(own?.headers).toMatchObject(Object.fromEntries(account));
              }
            }
          }
        },
      );
    } finally {
      delete process.env["OPENAI_ORG_ID"];
      delete process.env["OPENAI_PROJECT_ID"];
    }
  });
});

const wireCall: WireCall = {
  totalMs: 600_000,
  idleMs: 600_000,
  signal: new AbortController().signal,
  received: async () => undefined,
};
