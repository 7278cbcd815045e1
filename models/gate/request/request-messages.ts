import { AIMessage, HumanMessage, SystemMessage, type BaseMessage } from "@langchain/core/messages";
import type { Message } from "../../../state/message.ts";
import type { Endpoint } from "../../endpoint.ts";

/** The messages of a call in the form that its model takes, as its client takes them. */
export function requestMessages(
  messages: readonly Message[],
  endpoint: Pick<Endpoint, "protocol" | "settings">,
): BaseMessage[] {
  return adaptedMessages(messages, endpoint).map(({ role, content }) => {
    if (role === "assistant") return new AIMessage(content);
    return role === "system" ? new SystemMessage(content) : new HumanMessage(content);
  });
}

/**
 * The messages of a call in the form that its model takes. System messages that open a conversation
 * become one, since many chat templates know no second; a server without a system role finds their
 * text in the first user message; the protocol may adapt the rest.
 */
export function adaptedMessages(
  messages: readonly Message[],
  { protocol, settings }: Pick<Endpoint, "protocol" | "settings">,
): readonly Message[] {
  const joined =
    settings.systemRole === false ? withoutSystemRole(messages) : joinOpening(messages);
  return protocol?.adaptMessages?.(joined) ?? joined;
}

function joinOpening(messages: readonly Message[]): readonly Message[] {
  const others = messages.findIndex(({ role }) => role !== "system");
  const opening = others < 0 ? messages : messages.slice(0, others);
  if (opening.length < 2) return messages;
  return [{ role: "system", content: textOf(opening) }, ...messages.slice(opening.length)];
}

/** Puts the text of all system messages before the first user message. */
function withoutSystemRole(messages: readonly Message[]): readonly Message[] {
  const system = messages.filter(({ role }) => role === "system");
  const others = messages.filter(({ role }) => role !== "system");
  const first = others.findIndex(({ role }) => role === "user");
  const user = others[first];
  if (system.length === 0) return others;
  if (user === undefined) return [{ role: "user", content: textOf(system) }, ...others];
  return others.with(first, { role: "user", content: textOf([...system, user]) });
}

function textOf(messages: readonly Message[]): string {
  return messages.map(({ content }) => content).join("\n\n");
}
