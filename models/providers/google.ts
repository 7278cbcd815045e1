import * as z from "zod";
import type { Message } from "../../state/message.ts";
import type { ModelSettings } from "../model-settings.ts";
import type { Protocol } from "../protocol.ts";
import { withWireUnderGlobalFetch } from "../wire/global-fetch.ts";
import { badResponse, judgeEnd, type ReadAnswer } from "../wire/judge-end.ts";
import { oneLine } from "../wire/one-line.ts";
import { fieldsOf, renamed, withParams, type Fields } from "../wire/request-params.ts";
import { tokenUsage } from "../wire/token-usage.ts";
import { laterSystemAsUser } from "./later-system-as-user.ts";
import type { Connection, RemoteProvider } from "./provider.ts";

const count = z.number().int().nonnegative().nullish();

const googleBody = z.object({
  candidates: z
    .array(
      z.object({
        finishReason: z.string().nullish(),
        content: z
          .object({
            parts: z
              .array(z.object({ text: z.string().nullish(), thought: z.boolean().nullish() }))
              .nullish(),
          })
          .nullish(),
      }),
    )
    .nullish()
    .catch(null),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish().catch(null),
  usageMetadata: z
    .object({
      promptTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
      totalTokenCount: count.catch(null),
    })
    .nullish()
    .catch(null),
});

function readGoogle(body: unknown, shown: () => string): ReadAnswer {
  const { candidates, promptFeedback, usageMetadata } = googleBody.safeParse(body).data ?? {};
  const candidate = candidates?.[0];
  const parts = candidate?.content?.parts ?? [];
  const joined = (isThought: boolean) =>
    parts
      .filter(({ thought }) => (thought === true) === isThought)
      .map((part) => part.text ?? "")
      .join("");
  const text = joined(false);
  const tokens = tokenUsage({
    in: usageMetadata?.promptTokenCount,
    // An answer without a word, blocked or all thought, has no count; its input was counted.
    out: usageMetadata?.candidatesTokenCount ?? (text === "" ? 0 : null),
    thoughts: usageMetadata?.thoughtsTokenCount,
    total: usageMetadata?.totalTokenCount,
  });
  const finish = promptFeedback?.blockReason ?? null;
  if (finish !== null) {
    const detail = `prompt blocked: ${oneLine(finish, 100)}`;
    return { outcome: "filtered", content: "", finish, tokens, detail };
  }
  if (candidate === undefined) return badResponse(`no candidate in ${shown()}`, tokens);
  return judgeEnd(text, candidate.finishReason ?? null, tokens, { thoughts: joined(true) });
}

/** Fields beside `generationConfig`; all other params are settings in it. */
const topFields: ReadonlySet<string> = new Set([
  "safetySettings",
  "tools",
  "toolConfig",
  "cachedContent",
  "labels",
  "serviceTier",
]);

/** Settings as most servers call them, and Google's names. */
const googleNames = {
  top_p: "topP",
  top_k: "topK",
  presence_penalty: "presencePenalty",
  frequency_penalty: "frequencyPenalty",
  safety_settings: "safetySettings",
  tool_config: "toolConfig",
  cached_content: "cachedContent",
};

function adaptGoogle(body: Fields, settings: ModelSettings): Fields {
  const { stop, generationConfig: given, ...others } = settings.params ?? {};
  const entries = Object.entries(renamed(others, googleNames));
  const beside = entries.filter(([key]) => topFields.has(key));
  const inside = Object.fromEntries(entries.filter(([key]) => !topFields.has(key)));
  const sequences = stop === undefined ? {} : { stopSequences: [stop].flat() };
  const generationConfig = withParams(
    fieldsOf(body["generationConfig"]),
    { ...settings, params: undefined },
    ["maxOutputTokens"],
  );
  return {
    ...body,
    ...Object.fromEntries(beside),
    generationConfig: { ...generationConfig, ...inside, ...sequences, ...fieldsOf(given) },
  };
}

const generateContent: Protocol = {
  name: "google",
  readBody: readGoogle,
  outputFields: ["candidates", "promptFeedback", "usageMetadata"],
  modelField: "modelVersion",
  adaptBody: adaptGoogle,
  adaptMessages: laterSystemAsUser,
};

/** Google's models by their own protocol. */
export const google: RemoteProvider = {
  name: "google",
  keyVariables: ["GOOGLE_API_KEY"],
  baseUrlVariable: "GOOGLE_BASE_URL",
  baseUrl: "https://generativelanguage.googleapis.com",
  langSmithName: "google_genai",
  protocol: generateContent,
  createRequests,
  createChatModel: createGoogle,
};

/** Gemma is served without a system role. */
function lacksSystemRole(model: string): boolean {
  return model.startsWith("gemma");
}

/** The requests that `@langchain/google-genai` makes, to the letter of their bodies. */
function createRequests({ model: named, apiKey, baseUrl, settings }: Connection) {
  const model = named.replace(/^models\//, "");
  const path = model.includes("/") ? model : `models/${model}`;
  const url = `${baseUrl}/v1beta/${path}:generateContent`;
  const headers = { "x-goog-api-key": apiKey };
  const { temperature, maxTokens } = settings;
  const generationConfig = { stopSequences: [], maxOutputTokens: maxTokens, temperature };
  return (messages: readonly Message[]) => ({
    url,
    headers,
    body: {
      generationConfig,
      safetySettings: [],
      ...conversationOf(messages, !lacksSystemRole(model)),
    },
  });
}

/** The conversation in Google's words; without a system role its text opens the first turn. */
function conversationOf(messages: readonly Message[], hasSystemRole: boolean) {
  const [first, second] = messages;
  const partsOf = ({ content }: Message) => (content === "" ? [] : [{ text: content }]);
  const contentsOf = (turns: readonly Message[]) =>
    turns.map((turn) => ({
      role: turn.role === "assistant" ? "model" : "user",
      parts: partsOf(turn),
    }));
  if (first?.role !== "system") return { contents: contentsOf(messages) };
  const opening = partsOf(first);
  if (hasSystemRole) {
    const systemInstruction = { role: "system", parts: opening };
    return { systemInstruction, contents: contentsOf(messages.slice(1)) };
  }
  const joined = { role: "user", parts: [...opening, ...(second ? partsOf(second) : [])] };
  return { contents: [joined, ...contentsOf(messages.slice(2))] };
}

/**
 * Google's client takes no `fetch` and passes neither signal nor time-out on to the one it finds,
 * so the wire goes under the global one.
 */
async function createGoogle({ model, apiKey, baseUrl, settings }: Connection) {
  const { ChatGoogleGenerativeAI } = await import("@langchain/google-genai");

  class GoogleOnWire extends ChatGoogleGenerativeAI {
    constructor() {
      super({
        model,
        apiKey,
        baseUrl,
        maxRetries: 0,
        ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
        ...(settings.maxTokens === undefined ? {} : { maxOutputTokens: settings.maxTokens }),
      });
      // As an argument this is ignored.
      this.convertSystemMessageToHumanContent = lacksSystemRole(this.model);
      // A stream that ends early looks whole; a reader who wants tokens (Studio) would turn it on.
      this.disableStreaming = true;
    }

    override completionWithRetry(
      ...request: Parameters<InstanceType<typeof ChatGoogleGenerativeAI>["completionWithRetry"]>
    ) {
      return withWireUnderGlobalFetch(() => super.completionWithRetry(...request));
    }
  }
  return new GoogleOnWire();
}
