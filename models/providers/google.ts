import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import { withWireUnderGlobalFetch } from "../wire/global-fetch.ts";
import type { Connection } from "./connection.ts";

/**
 * Google's models. Their client takes no `fetch` and passes neither signal nor time-out on to the one it finds, so the
 * wire goes under the global one.
 */
export function createGoogle(connection: Connection): BaseChatModel {
  return new GoogleOnWire(connection);
}

class GoogleOnWire extends ChatGoogleGenerativeAI {
  constructor({ model, apiKey, baseUrl, settings }: Connection) {
    super({
      model,
      apiKey,
      baseUrl,
      maxRetries: 0,
      ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
      ...(settings.maxTokens === undefined ? {} : { maxOutputTokens: settings.maxTokens }),
    });
    // Gemma is served without a system role. As an argument this is ignored.
    this.convertSystemMessageToHumanContent = this.model.startsWith("gemma");
    // A stream that ends early looks whole; an onlooker who wants tokens (Studio) would turn streaming on.
    this.disableStreaming = true;
  }

  override completionWithRetry(
    ...request: Parameters<ChatGoogleGenerativeAI["completionWithRetry"]>
  ) {
    return withWireUnderGlobalFetch(() => super.completionWithRetry(...request));
  }
}
