import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { ChatResult } from "@langchain/core/outputs";
import type { Endpoint } from "../endpoint.ts";
import type { ModelSettings } from "../model-settings.ts";

/**
 * The endpoint of a model whose answers are in a journal: it makes the same questions as the model
 * itself, needs no key, and can't be asked.
 *
 * @param server Its address in the run that asked it, where the provider has no fixed one.
 */
export function recordedEndpoint(
  spec: string,
  settings: ModelSettings,
  server: string | undefined,
): Endpoint {
  const chatModel = async () => new RecordedChatModel({});
  return { spec, settings, server, chatModel, protocol: null };
}

class RecordedChatModel extends BaseChatModel {
  override _llmType(): string {
    return "recorded";
  }

  override async _generate(): Promise<ChatResult> {
    throw new Error("a recorded model was asked, though its gate lets no call out");
  }
}
