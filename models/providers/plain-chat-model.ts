import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import type { Message } from "../../state/message.ts";
import { wireFetch, type PlainRequest } from "../wire/wire.ts";

/**
 * A chat model for a protocol that needs no client: it posts one request on the wire. The gate
 * reads the answer there, so the message that comes out of the model itself is empty.
 */
export class PlainChatModel extends BaseChatModel {
  readonly #requestOf: (messages: readonly Message[]) => PlainRequest;

  constructor(requestOf: (messages: readonly Message[]) => PlainRequest) {
    super({ maxRetries: 0 });
    this.#requestOf = requestOf;
  }

  override _llmType(): string {
    return "plain";
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const { url, headers, body } = this.#requestOf(messages.map(messageOf));
    await wireFetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return { generations: [{ text: "", message: new AIMessage("") }] };
  }
}

function messageOf(message: BaseMessage): Message {
  const type = message.getType();
  const role = type === "ai" ? "assistant" : type === "system" ? "system" : "user";
  return { role, content: message.text };
}
