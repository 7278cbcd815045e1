import type * as z from "zod";
import { closestWord } from "../../state/closest-word.ts";

/** The message for a key that is not there. */
export const missing = "is missing";

/** What a value should have been, in words: expected, got, and what to change where that is known. */
export function problemMessage(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "custom") return issue.message;
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (value === undefined) return missing;
  const got = `got ${shownValue(value)}`;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${nameOfType(issue.expected)}, ${gotInstead(issue.expected, value)}`;
    case "invalid_value": {
      const known = issue.values.map(String);
      const meant = typeof value === "string" ? closestWord(value, known) : null;
      const expected = `expected ${known.length > 1 ? "one of " : ""}${known.join(", ")}`;
      if (meant === value)
        return `${expected}; got the text ${shownValue(value)}; leave out the quotes`;
      return `${expected}; ${got}${meant === null ? "" : `. Did you mean ${meant}?`}`;
    }
    case "too_small": {
      const words = issue.inclusive === false ? "more than" : "at least";
      return `expected ${bounded(issue.minimum, issue.origin, words)}; ${got}`;
    }
    case "too_big": {
      const words = issue.inclusive === false ? "less than" : "at most";
      return `expected ${bounded(issue.maximum, issue.origin, words)}; ${got}`;
    }
    default:
      return `${issue.message || "is not valid"}; ${got}`;
  }
}

/** A value as a message shows it, cut at 60 characters. */
export function shownValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function bounded(limit: number | bigint, origin: string, bound: string): string {
  const unit = { array: " in the list", string: " characters" }[origin] ?? "";
  return `${bound} ${limit}${unit}`;
}

const namesOfTypes: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list (a line with - for each member)",
  object: "keys with values",
  record: "keys with values",
};

function nameOfType(expected: string): string {
  return namesOfTypes[expected] ?? expected;
}

/** `got the text "3"; leave out the quotes`, where that is all that is wrong. */
function gotInstead(expected: string, value: unknown): string {
  const shown = shownValue(value);
  if (typeof value !== "string") return `got ${shown}`;
  const isNumber = value.trim() !== "" && Number.isFinite(Number(value));
  const isQuoted =
    (["int", "number"].includes(expected) && isNumber) ||
    (expected === "boolean" && /^(?:true|false)$/.test(value));
  return `got the text ${shown}${isQuoted ? "; leave out the quotes" : ""}`;
}
