import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { wireFetch } from "../wire/wire.ts";

/** One request in JSON. */
export type PlainRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Fields that are undefined are left out. */
  readonly body: object;
};

/**
 * A chat model for a protocol that needs no client: it posts one request on the wire. The gate
 * reads the answer there, so the message that comes out of the model itself is empty.
 */
export class PlainChatModel extends BaseChatModel {
  readonly #requestOf: (messages: readonly BaseMessage[]) => PlainRequest;

  constructor(requestOf: (messages: readonly BaseMessage[]) => PlainRequest) {
    super({ maxRetries: 0 });
    this.#requestOf = requestOf;
  }

  override _llmType(): string {
    return "plain";
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const { url, headers, body } = this.#requestOf(messages);
    await wireFetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return { generations: [{ text: "", message: new AIMessage("") }] };
  }
}
