import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { Message } from "../state/message.ts";
import type { ModelSettings } from "./model-settings.ts";
import type { Protocol } from "./protocol.ts";
import type { PlainRequest } from "./wire/wire.ts";

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
  /**
   * Makes the request of a call where that takes no client. The answer is read on the wire, so what
   * a client does beside costs more than all the rest of a call.
   */
  readonly requestOf?: ((messages: readonly Message[]) => PlainRequest) | undefined;
  /** The provider's client, loaded when it is first used; or the model in this process. */
  readonly chatModel: () => Promise<BaseChatModel>;
  /** The protocol that it is asked in; null for a model in this process, which sends nothing. */
  readonly protocol: Protocol | null;
};
