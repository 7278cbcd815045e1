import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { ModelSettings } from "./model-settings.ts";
import type { Protocol } from "./protocol.ts";

/** A model that can be asked: the chat model, and how its answers come. */
export type Endpoint = {
  /** The model spec as the user wrote it. */
  readonly spec: string;
  readonly settings: ModelSettings;
  /** Its address, where the provider has no fixed one; all of them where there are several. */
  readonly server?: string | undefined;
  /** The model at each of its addresses, where the agent names them (`baseUrls`). */
  readonly replicas?: readonly Endpoint[] | undefined;
  /** Endpoints of one name share a limiter. Default: `spec`. */
  readonly limiterName?: string | undefined;
  /**
   * The longest answer, in tokens, that the server is asked for: the agent's `maxTokens`, or a
   * budget's default.
   */
  readonly longestAnswer?: number | undefined;
  readonly chatModel: BaseChatModel;
  /** The protocol that it is asked in; null for a model in this process, which sends nothing. */
  readonly protocol: Protocol | null;
};
