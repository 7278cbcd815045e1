import type { Message } from "../../state/message.ts";
import { isSameText } from "../../state/same-text.ts";
import type { LineRule } from "./trainer-format.ts";

/** Nothing can be learned from two equal texts. */
export function differ<Line>(textsOf: (line: Line) => readonly [string, string]): LineRule<Line> {
  return {
    reason: "same_text",
    detail: "The chosen and the rejected response are the same text.",
    holds: (line) => {
      const [chosen, rejected] = textsOf(line);
      return !isSameText(chosen, rejected);
    },
  };
}

/**
 * What all chat templates take: at most one system message, at the start; then user and assistant
 * in turn, the user first.
 *
 * @param last Who has to speak last.
 */
export function takeTurns<Line>(
  messagesOf: (line: Line) => readonly Message[],
  last: "user" | "assistant",
): LineRule<Line> {
  return {
    reason: "turns_out_of_order",
    detail:
      `Expected an optional system message, then user and assistant in turn, the ${last} ` +
      "last.",
    holds: (line) => {
      const messages = messagesOf(line);
      const turns = messages[0]?.role === "system" ? messages.slice(1) : messages;
      const inTurn = turns.every(
        ({ role }, index) => role === (index % 2 === 0 ? "user" : "assistant"),
      );
      return inTurn && turns.at(-1)?.role === last;
    },
  };
}

/** A response that a loader can't tell from a missing one. */
export function isNotEmpty<Line>(textOf: (line: Line) => string, detail: string): LineRule<Line> {
  return { reason: "empty_response", detail, holds: (line) => textOf(line) !== "" };
}
