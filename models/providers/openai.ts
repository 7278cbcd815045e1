import * as z from "zod";
import type { Message } from "../../state/message.ts";
import type { Protocol } from "../protocol.ts";
import { badResponse, judgeEnd, type ReadAnswer } from "../wire/judge-end.ts";
import { oneLine } from "../wire/one-line.ts";
import { withParams } from "../wire/request-params.ts";
import { tokenUsage } from "../wire/token-usage.ts";
import { openAiConfiguration } from "./openai-configuration.ts";
import type { Connection, RemoteProvider } from "./provider.ts";

const count = z.number().int().nonnegative().nullish();

/** A part of an answer; parts of other types than text are thinking (Magistral, OpenRouter). */
const openAiPart = z.union([
  z.string(),
  z.object({
    type: z.string().nullish(),
    text: z.string().nullish().catch(null),
    thinking: z
      .union([z.string(), z.array(z.object({ text: z.string().nullish() }))])
      .nullish()
      .catch(null),
  }),
]);

function openAiText(content: string | readonly z.infer<typeof openAiPart>[]) {
  if (typeof content === "string") return { text: content, thoughts: "" };
  const texts = { text: "", thoughts: "" };
  for (const part of content) {
    if (typeof part === "string") texts.text += part;
    else if (part.type == null || /^(?:output_)?text$/.test(part.type))
      texts.text += part.text ?? "";
    else if (Array.isArray(part.thinking)) {
      texts.thoughts += part.thinking.map(({ text }) => text ?? "").join("");
    } else texts.thoughts += part.thinking ?? part.text ?? "";
  }
  return texts;
}

const openAiBody = z.object({
  model: z.string().nullish().catch(null),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z
          .object({
            content: z.union([z.string(), z.array(openAiPart)]).nullish(),
            reasoning_content: z.string().nullish().catch(null),
            reasoning: z.string().nullish().catch(null),
            refusal: z.string().nullish(),
          })
          .nullish(),
      }),
    )
    .catch([]),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: count.catch(null),
      completion_tokens_details: z.object({ reasoning_tokens: count }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
});

function readOpenAi(body: unknown, shown: () => string): ReadAnswer {
  const parsed = openAiBody.safeParse(body);
  const tokens = usageOf(parsed.data?.usage);
  const choice = parsed.data?.choices[0];
  if (choice === undefined) return badResponse(`no choice in ${shown()}`, tokens);
  const { text, thoughts: parted } = openAiText(choice.message?.content ?? "");
  const { reasoning_content: reasoningContent, reasoning } = choice.message ?? {};
  const thoughts = parted || reasoningContent || reasoning || "";
  const finish = choice.finish_reason ?? null;
  const refusal = choice.message?.refusal;
  if (typeof refusal === "string" && refusal !== "") {
    return { outcome: "refused", content: text, finish, tokens, detail: oneLine(refusal, 300) };
  }
  return judgeEnd(text, finish, tokens, { model: parsed.data?.model ?? null, thoughts });
}

function usageOf(usage: z.infer<typeof openAiBody>["usage"]) {
  const { prompt_tokens: input, completion_tokens: out, total_tokens: total } = usage ?? {};
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens ?? 0;
  // Thinking is part of the output, unless there is more of it than output.
  const thoughts = reasoning > (out ?? 0) ? reasoning : 0;
  return tokenUsage({ in: input, out, thoughts, total });
}

/** Chat completions, spoken by OpenAI and by every compatible host. */
export const chatCompletions: Protocol = {
  name: "openai",
  readBody: readOpenAi,
  outputFields: ["choices", "usage"],
  modelField: "model",
  adaptBody: (body, settings) =>
    withParams(body, settings, ["max_tokens", "max_completion_tokens"]),
};

/** Models that take system text as the developer's, and count their thinking with the answer. */
const reasoningModel = /^(?:o\d|gpt-5(?!-chat))/;

/** The requests that `@langchain/openai` makes, to the letter of their bodies. */
function createRequests({ provider, model, apiKey, baseUrl, settings }: Connection) {
  const url = `${baseUrl}/chat/completions`;
  const headers = { authorization: `Bearer ${apiKey}`, ...accountHeaders(provider) };
  const isReasoning = reasoningModel.test(model);
  const { temperature, maxTokens } = settings;
  const longest = isReasoning ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
  const beginning = { model, temperature, stream: false, ...longest };
  return (messages: readonly Message[]) => ({
    url,
    headers,
    body: {
      ...beginning,
      messages: messages.map(({ role, content }) => ({
        role: isReasoning && role === "system" ? "developer" : role,
        content,
      })),
    },
  });
}

/** The account at OpenAI that the environment names; other hosts get no word of it. */
function accountHeaders(provider: string): Readonly<Record<string, string>> {
  if (provider !== "openai") return {};
  const { OPENAI_ORG_ID: organization = "", OPENAI_PROJECT_ID: project = "" } = process.env;
  return {
    ...(organization.trim() === "" ? {} : { "openai-organization": organization.trim() }),
    ...(project.trim() === "" ? {} : { "openai-project": project.trim() }),
  };
}

/** OpenAI, and the base of all hosts that speak as it does. */
export const openai: RemoteProvider = {
  name: "openai",
  keyVariables: ["OPENAI_API_KEY"],
  baseUrlVariable: "OPENAI_BASE_URL",
  baseUrl: "https://api.openai.com/v1",
  protocol: chatCompletions,
  createRequests,
  createChatModel: async (connection) => {
    const { ChatOpenAICompletions } = await import("@langchain/openai");
    const { model, apiKey, settings } = connection;
    return new ChatOpenAICompletions({
      model,
      apiKey,
      maxRetries: 0,
      // A stream that ends early looks whole; a reader who wants tokens (Studio) would turn it on.
      disableStreaming: true,
      configuration: openAiConfiguration(connection),
      ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
      ...(settings.maxTokens === undefined ? {} : { maxTokens: settings.maxTokens }),
    });
  },
};
