import * as z from "zod";
import type { Message } from "../../state/message.ts";
import type { RequestParams } from "../model-settings.ts";
import type { Protocol } from "../protocol.ts";
import { badResponse, judgeEnd, type ReadAnswer } from "../wire/judge-end.ts";
import { withParams } from "../wire/request-params.ts";
import { tokenUsage } from "../wire/token-usage.ts";
import { laterSystemAsUser } from "./later-system-as-user.ts";
import type { Connection, RemoteProvider } from "./provider.ts";

const count = z.number().int().nonnegative().nullish();

const messageBody = z.object({
  content: z
    .array(
      z.object({
        type: z.string(),
        text: z.string().nullish(),
        thinking: z.string().nullish().catch(null),
      }),
    )
    .nullish()
    .catch(null),
  stop_reason: z.string().nullish().catch(null),
  usage: z
    .object({
      input_tokens: count,
      cache_creation_input_tokens: count,
      cache_read_input_tokens: count,
      output_tokens: count,
    })
    .nullish()
    .catch(null),
});

function readMessage(json: unknown, shown: () => string): ReadAnswer {
  const { content, stop_reason: finish = null, usage } = messageBody.safeParse(json).data ?? {};
  const cached = (usage?.cache_creation_input_tokens ?? 0) + (usage?.cache_read_input_tokens ?? 0);
  const input = usage?.input_tokens == null ? null : usage.input_tokens + cached;
  const tokens = tokenUsage({ in: input, out: usage?.output_tokens });
  if (content == null) return badResponse(`no content in ${shown()}`, tokens);
  // Other blocks are tools.
  const texts = content.filter(({ type }) => type === "text").map(({ text }) => text ?? "");
  const thoughts = content.filter(({ type }) => type === "thinking");
  const thinking = thoughts.map((thought) => thought.thinking ?? "").filter((one) => one !== "");
  return judgeEnd(texts.join(""), finish, tokens, { thoughts: thinking.join("\n\n") });
}

/** `stop`, as most servers call it, under Anthropic's name. */
function messagesParams({ stop, ...params }: RequestParams = {}): RequestParams {
  return stop === undefined ? params : { ...params, stop_sequences: [stop].flat() };
}

const messagesProtocol: Protocol = {
  name: "anthropic",
  readBody: readMessage,
  outputFields: ["stop_reason", "usage"],
  modelField: "model",
  adaptBody: (body, settings) =>
    withParams(body, { ...settings, params: messagesParams(settings.params) }, ["max_tokens"]),
  adaptMessages: laterSystemAsUser,
};

/** Claude by Anthropic's Messages API. */
export const anthropic: RemoteProvider = {
  name: "anthropic",
  keyVariables: ["ANTHROPIC_API_KEY"],
  baseUrlVariable: "ANTHROPIC_BASE_URL",
  baseUrl: "https://api.anthropic.com",
  protocol: messagesProtocol,
  createRequests,
  createChatModel: async (connection) => {
    const { PlainChatModel } = await import("./plain-chat-model.ts");
    return new PlainChatModel(createRequests(connection));
  },
};

function createRequests({ model, apiKey, baseUrl, settings }: Connection) {
  const { temperature, maxTokens = longestAnswer } = settings;
  const url = `${baseUrl}/v1/messages`;
  const headers = { "x-api-key": apiKey, "anthropic-version": "2023-06-01" };
  return (messages: readonly Message[]) => ({
    url,
    headers,
    body: { model, max_tokens: maxTokens, temperature, ...conversationOf(messages) },
  });
}

/** The API demands a bound; this one is asked for where the agent sets no `maxTokens`. */
const longestAnswer = 4096;

function conversationOf(messages: readonly Message[]) {
  const [first] = messages;
  const system = first?.role === "system" ? first.content : undefined;
  const turns = system === undefined ? messages : messages.slice(1);
  return {
    system,
    messages: turns.map(({ role, content }) => ({
      role: role === "assistant" ? role : "user",
      content,
    })),
  };
}
