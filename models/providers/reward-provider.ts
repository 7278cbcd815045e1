import { FellowshipError } from "../../state/fellowship-error.ts";
import type { Message } from "../../state/message.ts";
import type { RewardApi } from "../model-settings.ts";
import type { ModelSpec } from "./model-spec.ts";
import { chatCompletions } from "./openai.ts";
import type { Connection, RemoteProvider } from "./provider.ts";
import { rewardServers } from "./reward-apis.ts";

/**
 * A provider whose model gives rewards, in place of text: the same address and key, another API.
 *
 * @throws FellowshipError `bad_usage` for a provider that serves no such models
 */
export function rewardProvider(
  { text, model: wanted }: ModelSpec,
  provider: RemoteProvider,
  api: RewardApi,
): RemoteProvider {
  if (provider.protocol !== chatCompletions) {
    throw new FellowshipError(
      "bad_usage",
      `api: ${provider.name} serves no reward models; expected a model of vLLM or OpenRLHF. ` +
        `Write compatible:${wanted} and set OPENAI_COMPATIBLE_BASE_URL, or leave api out.`,
      { facts: { model: text } },
    );
  }
  const { path, bodyOf, protocol } = rewardServers[api];
  const createRequests = ({ model, apiKey, baseUrl }: Connection) => {
    const url = `${baseUrl.replace(/\/v1$/, "")}${path}`;
    const headers = { authorization: `Bearer ${apiKey}` };
    return (messages: readonly Message[]) => ({ url, headers, body: bodyOf(model, messages) });
  };
  return {
    ...provider,
    protocol,
    createRequests,
    createChatModel: async (connection) => {
      const { PlainChatModel } = await import("./plain-chat-model.ts");
      return new PlainChatModel(createRequests(connection));
    },
  };
}
