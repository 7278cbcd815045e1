import { hash } from "node:crypto";
import type { Call } from "../../call.ts";
import type { Endpoint } from "../../endpoint.ts";

/**
 * SHA-256 of a question: model spec, settings that change an answer, messages, and the server where
 * the provider has no fixed one. An answer in the journal counts only for the question it answered.
 * The call's place in the row is not part of it.
 */
export function requestHash(
  { messages }: Pick<Call, "messages">,
  { spec, settings, server }: Pick<Endpoint, "spec" | "settings" | "server">,
): string {
  const { temperature = null, maxTokens = null, systemRole = true, params, api } = settings;
  const request = [
    spec,
    temperature,
    maxTokens,
    systemRole,
    messages.map(({ role, content }) => [role, content]),
    ...(server === undefined ? [] : [{ server }]),
    ...(api === undefined ? [] : [{ api }]),
    ...(params === undefined ? [] : [{ params: sorted(params) }]),
  ];
  return hash("sha256", JSON.stringify(request));
}

/** The same value with the keys of its objects in one order, which servers don't heed. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
