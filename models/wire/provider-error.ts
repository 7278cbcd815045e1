import { oneLine } from "./one-line.ts";

/** What a provider says in the body of a refusal. */
export type ProviderError = {
  /** Its own sentence in one line; empty where the body has none, for it may then repeat what we sent. */
  readonly message: string;
  /** Its words for machines, in small letters. */
  readonly codes: readonly string[];
  /** What people are shown: the sentence, or the beginning of the body. */
  readonly shown: string;
};

/** Error bodies are short; what is longer is some page, or a request repeated. */
const longestRead = 64 * 1024;

type ErrorFields = Readonly<Record<"message" | "code" | "type" | "status" | "reason", unknown>>;

/**
 * Reads an error body in any of the forms in use: OpenAI's `{"error": {"message", "type", "code"}}`, Google's with
 * `status` and `details[].reason` (sometimes inside an array), a bare `{"message"}` or `{"error": "…"}`, or no JSON.
 */
export function readProviderError(body: string): ProviderError {
  const shown = oneLine(body, 300);
  const parsed = parseJson(body.slice(0, longestRead));
  const outer: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isObject(outer)) return { message: shown, codes: [], shown };
  return providerErrorIn(outer, shown);
}

/** Reads an error body that was parsed; `otherwise` is shown where it has no sentence of its own. */
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
