import type { Body } from "./body.ts";
import { oneLine } from "./one-line.ts";

/** The provider's words in the body of a refusal. */
export type ProviderError = {
  /**
   * Its sentence in one line; empty where the body has none, for it may then repeat the request.
   */
  readonly message: string;
  /** Its words for machines, in small letters. */
  readonly codes: readonly string[];
  /** The text for people: the sentence, or the beginning of the body. */
  readonly shown: string;
};

/** Error bodies are short; a longer one is some page, or repeats the request. */
const longestRead = 64 * 1024;

type ErrorFields = Readonly<Record<"message" | "code" | "type" | "status" | "reason", unknown>>;

/**
 * Reads an error body in any of the forms in use: OpenAI's
 * `{"error": {"message", "type", "code"}}`, Google's with `status` and `details[].reason`
 * (sometimes inside an array), a bare `{"message"}` or `{"error": "…"}`, or no JSON.
 */
export function readProviderError({ text, json }: Body): ProviderError {
  const shown = oneLine(text, 300);
  const outer: unknown = Array.isArray(json) ? json[0] : json;
  if (text.length > longestRead) return { message: shown, codes: [], shown };
  if (!isObject(outer)) return { message: shown, codes: [], shown };
  return providerErrorIn(outer, shown);
}

/** Reads the fields of an error; `otherwise` is shown where they hold no sentence. */
export function providerErrorIn(
  outer: Readonly<Record<string, unknown>>,
  otherwise: string,
): ProviderError {
  const fields = isObject(outer["error"]) ? outer["error"] : outer;
  const sentence = [fields["message"], outer["error"], outer["detail"]].find(
    (value) => typeof value === "string",
  );
  const details = Array.isArray(fields["details"]) ? fields["details"].filter(isObject) : [];
  return {
    // Gemini says what limit it was after some three hundred characters of advice.
    message: oneLine(sentence ?? "", 2_000),
    codes: codesIn([fields, ...details]),
    shown: oneLine(sentence ?? "", 300) || otherwise,
  };
}

function codesIn(objects: readonly Partial<ErrorFields>[]): string[] {
  return objects
    .flatMap(({ code, type, status, reason }) => [code, type, status, reason])
    .filter((value) => typeof value === "string")
    .map((value) => value.toLowerCase());
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
