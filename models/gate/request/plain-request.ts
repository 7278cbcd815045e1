import type { Message } from "../../../state/message.ts";
import type { Endpoint } from "../../endpoint.ts";
import type { ModelSettings } from "../../model-settings.ts";
import type { Protocol } from "../../protocol.ts";
import type { Fields } from "../../wire/request-params.ts";
import type { PlainRequest } from "../../wire/wire.ts";
import { adaptedMessages } from "./request-messages.ts";

/**
 * The request by which messages reach a model, as it is sent; undefined for a model in this
 * process, and where only the provider's client can make it.
 */
export function plainRequest(
  messages: readonly Message[],
  endpoint: Endpoint,
): PlainRequest | undefined {
  const { requestOf, protocol, settings } = endpoint;
  if (requestOf === undefined || protocol === null) return undefined;
  const request = requestOf(adaptedMessages(messages, endpoint));
  const adapt = adaptBodyOf(settings, protocol);
  return adapt === undefined ? request : { ...request, body: adapt(request.body) };
}

/** None where the agent adds nothing: the body is sent as it was made. */
export function adaptBodyOf(
  settings: ModelSettings,
  { adaptBody }: Protocol,
): ((body: Fields) => Fields) | undefined {
  const { params, maxTokensField } = settings;
  if (params === undefined && maxTokensField === undefined) return undefined;
  return (body) => adaptBody(body, settings);
}
