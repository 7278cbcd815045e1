import type { Endpoint } from "../endpoint.ts";
import type { ModelSettings } from "../model-settings.ts";
import { connect, serverOf, type Environment } from "./connect.ts";
import { parseModelSpec } from "./model-spec.ts";

export { serverOf, type Environment } from "./connect.ts";

/**
 * Makes a model spec into an endpoint. The client of a provider is loaded when it is first used.
 *
 * @param longestAnswer In tokens, for an agent that sets no `maxTokens`. It is no setting of the
 *   agent's and no part of a call's hash, so that a run keeps its answers when a budget comes or
 *   goes.
 * @throws FellowshipError `bad_usage` where a key or an address is missing (naming the variable),
 *   or a cassette can't be read
 */
export async function createEndpoint(
  spec: string,
  settings: ModelSettings,
  environment: Environment,
  longestAnswer?: number,
): Promise<Endpoint> {
  const parsed = parseModelSpec(spec);
  const { provider, model } = parsed;
  const maxTokens = settings.maxTokens ?? longestAnswer;
  const known = { spec, settings, longestAnswer: maxTokens };
  if ("createInProcess" in provider) {
    return { ...known, chatModel: await provider.createInProcess(model), protocol: null };
  }
  const connection = connect(parsed, provider, { ...settings, maxTokens }, environment);
  const chatModel = await provider.createChatModel(connection);
  const server = serverOf(spec, environment);
  return { ...known, server, chatModel, protocol: provider.protocol };
}
