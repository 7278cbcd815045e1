import { AIMessage, HumanMessage, SystemMessage, type BaseMessage } from "@langchain/core/messages";
import type { Message } from "../../state/message.ts";
import type { Endpoint } from "../endpoint.ts";

/**
 * The messages of a call as its model can take them. System messages that open a conversation become one, since many
 * chat templates know no second; a server without a system role finds their text in the first user message; and
 * Google, which takes system text at the start alone, gets later ones as the user's.
 */
export function requestMessages(
  messages: readonly Message[],
  { dialect, settings }: Pick<Endpoint, "dialect" | "settings">,
): BaseMessage[] {
  const joined =
    settings.systemRole === false ? withoutSystemRole(messages) : joinOpening(messages);
  return joined.map(({ role, content }, index) => {
    if (role === "assistant") return new AIMessage(content);
    const isSystem = role === "system" && (index === 0 || dialect !== "google");
    return isSystem ? new SystemMessage(content) : new HumanMessage(content);
  });
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
