import * as z from "zod";
import type { Message } from "../../state/message.ts";
import type { RewardApi } from "../model-settings.ts";
import type { Protocol } from "../protocol.ts";
import { badResponse, judgeEnd, type ReadAnswer } from "../wire/judge-end.ts";
import { withParams, type Fields } from "../wire/request-params.ts";
import { tokenUsage } from "../wire/token-usage.ts";

/** How a server of reward models is asked for the reward of the last message, and answers. */
export type RewardServer = {
  /** Under the server's root: a base address ends in `/v1`, and these paths have none. */
  readonly path: string;
  readonly bodyOf: (model: string, messages: readonly Message[]) => Fields;
  readonly protocol: Protocol;
};

const count = z.number().int().nonnegative().nullish();
const usageBody = z.object({
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(null),
});

/**
 * A protocol whose answer is one number: the reward, as its text.
 *
 * @param outputField The top-level field that holds the rewards, one for each text that was sent.
 * @param field The field of an item that holds its reward; null where the item is the reward.
 */
function rewardProtocol(name: string, outputField: string, field: string | null): Protocol {
  function readBody(json: unknown, shown: () => string): ReadAnswer {
    const { usage } = usageBody.safeParse(json).data ?? {};
    const tokens = tokenUsage({ in: usage?.prompt_tokens, out: usage?.completion_tokens ?? 0 });
    const list = z.looseObject({ [outputField]: z.array(z.unknown()) }).safeParse(json).data;
    const items = list?.[outputField] as readonly unknown[] | undefined;
    if (items === undefined) return badResponse(`no list "${outputField}" in ${shown()}`, tokens);
    const rewards = items.flatMap((item) =>
      numbersOf(field === null ? item : fieldOf(item, field)),
    );
    const [reward] = rewards;
    if (rewards.length === 1) return judgeEnd(String(reward), "stop", tokens);
    const complaint = `expected one reward in "${outputField}", got ${rewards.length}: ${shown()}`;
    return badResponse(complaint, tokens);
  }
  return {
    name,
    readBody,
    outputFields: [outputField],
    modelField: "model",
    writesNothing: true,
    adaptBody: (body, settings) => withParams(body, settings, []),
  };
}

function fieldOf(item: unknown, field: string): unknown {
  return z.looseObject({}).safeParse(item).data?.[field];
}

/** The numbers of lists in lists; null, which servers write for NaN, is in the place of one. */
function numbersOf(value: unknown): readonly (number | null)[] {
  if (Array.isArray(value)) return value.flatMap(numbersOf);
  return typeof value === "number" || value === null ? [value] : [];
}

/** The conversation as lines of speakers, up to the response. */
function transcriptOf(messages: readonly Message[]): string {
  const speakers = { system: "System", user: "User", assistant: "Assistant" } as const;
  return messages.map(({ role, content }) => `${speakers[role]}: ${content}`).join("\n");
}

function requestText(messages: readonly Message[]): string {
  const request = messages.slice(0, -1);
  const [only] = request;
  return request.length === 1 && only !== undefined ? only.content : transcriptOf(request);
}

/**
 * The APIs of reward models: vLLM's `/classify`, `/pooling` (both apply the model's chat template)
 * and `/score` (docs.vllm.ai, "Pooling Models"), and `/get_reward` of OpenRLHF's `serve_rm`, which
 * takes whole texts. A new one is a line here and in `rewardApis`.
 */
export const rewardServers: Readonly<Record<RewardApi, RewardServer>> = {
  classify: {
    path: "/classify",
    bodyOf: (model, messages) => ({ model, messages: messages.map(plain) }),
    protocol: rewardProtocol("reward-classify", "data", "probs"),
  },
  pooling: {
    path: "/pooling",
    bodyOf: (model, messages) => ({ model, messages: messages.map(plain) }),
    protocol: rewardProtocol("reward-pooling", "data", "data"),
  },
  score: {
    path: "/score",
    bodyOf: (model, messages) => ({
      model,
      text_1: requestText(messages),
      text_2: messages.at(-1)?.content ?? "",
    }),
    protocol: rewardProtocol("reward-score", "data", "score"),
  },
  get_reward: {
    path: "/get_reward",
    bodyOf: (_model, messages) => ({
      query: [transcriptOf(messages)],
      prompts: [`${transcriptOf(messages.slice(0, -1))}\nAssistant: `],
    }),
    protocol: rewardProtocol("reward-get_reward", "rewards", null),
  },
};

function plain({ role, content }: Message): Message {
  return { role, content };
}
