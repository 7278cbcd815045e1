import type { Endpoint } from "../endpoint.ts";
import type { ModelSettings } from "../model-settings.ts";
import { connect, serverOf, type Environment } from "./connect.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseModelSpec, type ModelSpec } from "./model-spec.ts";
import { rewardProvider } from "./reward-provider.ts";

export { type Environment } from "./connect.ts";

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
    if (settings.baseUrls !== undefined) throw noAddress(parsed);
    const made = await provider.createInProcess(model);
    return { ...known, chatModel: async () => made, protocol: null };
  }
  const { api } = settings;
  const speaker = api === undefined ? provider : rewardProvider(parsed, provider, api);
  const connections = connect(parsed, provider, { ...settings, maxTokens }, environment);
  const { protocol } = speaker;
  const replicas = connections.map((connection): Endpoint => ({
    ...known,
    server: connection.baseUrl,
    limiterName: `${spec} ${connection.baseUrl}`,
    requestOf: speaker.createRequests?.(connection),
    chatModel: once(() => speaker.createChatModel(connection)),
    protocol,
  }));
  const [first] = replicas;
  if (first === undefined) throw new Error(`${spec} has no address`);
  const server = serverOf(spec, environment, settings);
  const { requestOf, chatModel } = first;
  const endpoint = { ...known, server, requestOf, chatModel, protocol };
  return settings.baseUrls === undefined ? endpoint : { ...endpoint, replicas };
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

function noAddress({ text }: ModelSpec): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    `baseUrls: ${text} answers in this process and has no address; leave baseUrls out.`,
    { facts: { model: text } },
  );
}
