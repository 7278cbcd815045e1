import type { Message } from "../../state/message.ts";

/**
 * For protocols that take system text at the start alone: later system messages become the user's.
 */
export function laterSystemAsUser(messages: readonly Message[]): readonly Message[] {
  return messages.map((message, index) =>
    message.role === "system" && index > 0 ? { ...message, role: "user" } : message,
  );
}
