import type { Message } from "../../state/message.ts";

/**
 * The form of a verdict in a prompt, with the word that belongs to it: `X [tovimera]`,
 * `X/10 [tovimera]` or `behind it the word [tovimera]`.
 */
const markedForm = /(?:^X(?:\/\d+)?|behind it the word) \[([a-z]{8})\]/gm;

/**
 * The word that the latest question asks for in the line of a verdict, in brackets behind a space;
 * empty where it asks for none. The form stands behind the shown texts, so the last one counts.
 */
export function askedMark(messages: readonly Message[]): string {
  const question = messages.findLast(({ role }) => role === "user")?.content ?? "";
  const mark = [...question.matchAll(markedForm)].at(-1)?.[1];
  return mark === undefined ? "" : ` [${mark}]`;
}
