import * as z from "zod";
import type { Protocol } from "../protocol.ts";
import { badResponse, judgeEnd, tokenUsage, type ReadAnswer } from "../wire/judge-end.ts";
import { oneLine } from "../wire/one-line.ts";
import { openAiConfiguration } from "./openai-configuration.ts";
import type { RemoteProvider } from "./provider.ts";

const count = z.number().int().nonnegative().nullish();

const openAiBody = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z
          .object({
            content: z
              .union([z.string(), z.array(z.object({ text: z.string().nullish() }))])
              .nullish(),
            refusal: z.string().nullish(),
          })
          .nullish(),
      }),
    )
    .catch([]),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(null),
});

function readOpenAi(body: unknown, shown: string): ReadAnswer {
  const parsed = openAiBody.safeParse(body);
  const usage = parsed.data?.usage;
  const tokens = tokenUsage(usage?.prompt_tokens, usage?.completion_tokens);
  const choice = parsed.data?.choices[0];
  if (choice === undefined) return badResponse(`no choice in ${shown}`, tokens);
  const content = choice.message?.content ?? "";
  const text = typeof content === "string" ? content : content.map((p) => p.text ?? "").join("");
  const finish = choice.finish_reason ?? null;
  const refusal = choice.message?.refusal;
  if (typeof refusal === "string" && refusal !== "") {
    return { outcome: "refused", content: text, finish, tokens, detail: oneLine(refusal, 300) };
  }
  return judgeEnd(text, finish, tokens);
}

/** Chat completions, spoken by OpenAI and by every compatible host. */
export const chatCompletions: Protocol = {
  name: "openai",
  readBody: readOpenAi,
  outputFields: ["choices", "usage"],
};

/** OpenAI, and the base of all hosts that speak as it does. */
export const openai: RemoteProvider = {
  name: "openai",
  keyVariables: ["OPENAI_API_KEY"],
  baseUrlVariable: "OPENAI_BASE_URL",
  baseUrl: "https://api.openai.com/v1",
  protocol: chatCompletions,
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
