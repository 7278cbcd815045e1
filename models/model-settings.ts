import type * as z from "zod";

/** Fields of a request in JSON. */
export type RequestParams = Readonly<Record<string, z.core.util.JSONType>>;

/**
 * What becomes of the thinking before a response:
 *
 * - `drop`: it is in the transcript alone
 * - `keep`: it is part of the response, for reviewers, judges and data files
 * - `score-without`: it is in the data files; reviewers and judges see the response without it
 */
export const thinkingModes = ["drop", "keep", "score-without"] as const;
export type ThinkingMode = (typeof thinkingModes)[number];

/** The APIs by which servers give the reward of a response, by the ends of their addresses. */
export const rewardApis = ["classify", "score", "pooling", "get_reward"] as const;
export type RewardApi = (typeof rewardApis)[number];

/** The settings of an agent beside its model. */
export type ModelSettings = {
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  /** The field of the request that holds `maxTokens`. Default: the protocol's usual one. */
  readonly maxTokensField?: string | undefined;
  /** Other fields of the request's body, as the server takes them. */
  readonly params?: RequestParams | undefined;
  /** The addresses of the model, each with the same one, in place of the provider's. */
  readonly baseUrls?: readonly string[] | undefined;
  /** Default `drop`. */
  readonly thinking?: ThinkingMode | undefined;
  /** The longest one request may take, from connecting to the last byte. */
  readonly timeoutMs?: number | undefined;
  /**
   * False for servers whose template has no system role: its text goes into the first user message.
   */
  readonly systemRole?: boolean | undefined;
  /** Set for a reward model: it is asked for a number by this API, and writes no text. */
  readonly api?: RewardApi | undefined;
};
