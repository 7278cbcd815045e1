import { createHash } from "node:crypto";
import type { Call } from "../call.ts";
import type { Endpoint } from "../endpoint.ts";

/**
 * SHA-256 of a question: model spec, settings that change an answer, messages, and the server where
 * the provider has no fixed one. An answer in the journal counts only for the question it answered.
 * The call's place in the row is not part of it.
 */
export function requestHash(
  { messages }: Pick<Call, "messages">,
  { spec, settings, server }: Pick<Endpoint, "spec" | "settings" | "server">,
): string {
  const { temperature = null, maxTokens = null, systemRole = true } = settings;
  const request = [
    spec,
    temperature,
    maxTokens,
    systemRole,
    messages.map(({ role, content }) => [role, content]),
    ...(server === undefined ? [] : [{ server }]),
  ];
  return createHash("sha256").update(JSON.stringify(request)).digest("hex");
}
