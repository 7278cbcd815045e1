import { createHash } from "node:crypto";
import type { Message } from "../state/message.ts";

/** Puts a text between two marked lines: `fence("response A", text)`. */
export type Fence = (label: string, text: string) => string;

/**
 * Fences for untrusted texts (rows, responses, feedback). Both lines carry a mark
 * made from a SHA-256 over all the texts of the message, so that a text which closed its own fence
 * would have to hold its own hash: the mark can't be forged, and yet the same texts make the same
 * request, which a journal can find again.
 */
export function createFence(texts: readonly string[]): Fence {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text);
  const mark = hash.digest("hex").slice(0, 24);
  return (label, text) => `<<<${label} ${mark}>>>\n${text}\n<<<end of ${label} ${mark}>>>`;
}

/**
 * A conversation as one text, each message under the name of who speaks, for use inside a fence.
 */
export function conversationText(messages: readonly Message[]): string {
  const [only] = messages;
  if (messages.length === 1 && only?.role === "user") return only.content;
  return messages.map(({ role, content }) => `[${role}]\n${content}`).join("\n\n");
}
