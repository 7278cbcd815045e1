import { hash } from "node:crypto";
import type { Message } from "../state/message.ts";

/** Puts a text between two marked lines: `fence("response A", text)`. */
export type Fence = {
  (label: string, text: string): string;
  /** The word on both lines of every fence of the message. */
  readonly mark: string;
  /** Another word that no text of the message holds, for the line of a judge's own verdict. */
  readonly verdictMark: string;
};

/**
 * Fences for untrusted texts (rows, responses, feedback). Both lines carry a mark: the first word
 * out of a SHA-256 over all the texts of the message that none of them holds. So no text can close
 * its own fence, and yet the same texts make the same request, which a journal can find again. The
 * marks are short and can be spoken because small models garble long ones, and copy them more.
 */
export function createFence(texts: readonly string[]): Fence {
  const all = texts.map((text) => `${Buffer.byteLength(text)}:${text}`).join("");
  const [mark = "", verdictMark = ""] = freshWords(hash("sha256", all), texts, 2);
  const fence = (label: string, text: string) =>
    `<<<${label} ${mark}>>>\n${text}\n<<<end of ${label} ${mark}>>>`;
  return Object.assign(fence, { mark, verdictMark });
}

/** The first words of a series that no text holds, in any case. */
function freshWords(seed: string, texts: readonly string[], count: number): string[] {
  const lower = texts.map((text) => text.toLowerCase());
  const words: string[] = [];
  for (let draw = 0; words.length < count; draw += 1) {
    const word = wordOf(hash("sha256", `${seed} ${draw}`, "buffer"));
    if (!words.includes(word) && !lower.some((text) => text.includes(word))) words.push(word);
  }
  return words;
}

// no letter whose case other alphabets share (k and s), so that a mark is found as it was written
const consonants = "bdfghjlmnprtvz";
const vowels = "aeiou";

/** Four syllables, such as `tovimera`: one of 24 million words. */
function wordOf(bytes: Uint8Array): string {
  return Array.from({ length: 4 }, (_, at) => {
    const [first = 0, second = 0] = [bytes[2 * at], bytes[2 * at + 1]];
    return `${consonants[first % consonants.length]}${vowels[second % vowels.length]}`;
  }).join("");
}

/**
 * A conversation as one text, each message under the name of its speaker, for use inside a fence.
 */
export function conversationText(messages: readonly Message[]): string {
  const [only] = messages;
  if (messages.length === 1 && only?.role === "user") return messageText(only);
  return messages.map((message) => `[${message.role}]\n${messageText(message)}`).join("\n\n");
}

/**
 * What a message says, as it is shown in a fence. A line that looks like the name of a speaker
 * gets a backslash: a response can't write a user's thanks that look like a message of its own.
 */
export function messageText({ content }: Pick<Message, "content">): string {
  return content.replace(/^([ \t]*)(\\*\[(?:system|user|assistant)\])(?=[ \t]*$)/gim, "$1\\$2");
}
