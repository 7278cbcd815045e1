import { textsIn, type OpenGate } from "./gate.ts";
import { badValue, refuseValue } from "./gate-value.ts";

/** How answers begin that decline, in the languages of the larger models. */
const refusal = new RegExp(
  [
    String.raw`^(?:(?:i['’]?m|i am) (?:very |so |really |truly )?sorry|sorry|i apologi[sz]e|unfortunately|my apologies)?[,;.:!]?\s*(?:but )?(?:as an? (?:ai|artificial intelligence|(?:large )?language model)[^.!?]*?[,;]?\s*)?i (?:can['’]?t|cannot|can not|won['’]?t|will not|am (?:unable|not able|not allowed)|['’]?m (?:unable|not able|not allowed)) (?:to )?(?:help|assist|provide|comply|fulfil|fulfill|do that|create|generate|write|answer|engage|support|share|give|discuss|offer|continue|complete)`,
    String.raw`^i['’]m (?:unable|not able|not allowed) to (?:help|assist|provide|comply|fulfil|fulfill|create|generate|write|answer|engage|support|share|give|discuss|offer|continue|complete)`,
    String.raw`^i must (?:respectfully )?decline`,
    String.raw`^(?:(?:es )?tut mir leid|entschuldigung|leider)[^.!?]*\b(?:kann ich|ich kann|darf ich)\b[^.!?]*\bnicht\b`,
    String.raw`^(?:(?:je suis )?désolée?|je m['’]excuse)[^.!?]*\bje ne (?:peux|puis)\b`,
    String.raw`^(?:lo siento|perdón|disculpa)[^.!?]*\bno puedo\b`,
    String.raw`^(?:mi dispiace|spiacente)[^.!?]*\bnon posso\b`,
    String.raw`^(?:desculpe|sinto muito|lamento)[^.!?]*\bnão posso\b`,
    String.raw`^(?:извините|простите|к сожалению)[^.!?]*\bне могу`,
    String.raw`^(?:抱歉|对不起|很抱歉)[^。！？]*(?:无法|不能)`,
    String.raw`^(?:申し訳|すみません)[^。！？]*(?:できません|できかねます)`,
  ].join("|"),
  "iu",
);

export const refusals: OpenGate = async (value) => {
  refuseValue("refusals", value);
  return () =>
    ({ responses: [response] }) =>
      refusal.test(response.trimStart().slice(0, 400)) ? "The response declines." : undefined;
};

/** Shorter texts don't say which language they are. */
const leastLetters = 20;

export const language: OpenGate = async (value) => {
  const { eld } = await import("eld/small");
  const known = new Set(Object.values(eld.info().Languages));
  if (value === undefined || !known.has(value)) {
    throw badValue("language", `one of ${[...known].toSorted().join(", ")}`, value);
  }
  return () => (candidate) => {
    for (const text of textsIn(candidate)) {
      const words = text.replaceAll(/```[\s\S]*?(?:```|$)/g, " ").slice(0, 2000);
      if ((words.match(/\p{L}/gu)?.length ?? 0) < leastLetters) continue;
      const found = eld.detect(words);
      if (found.language !== value && found.isReliable()) {
        return `A response is in ${found.language}.`;
      }
    }
    return undefined;
  };
};

export const truncation: OpenGate = async (value) => {
  refuseValue("truncation", value);
  return () => (candidate) => {
    return textsIn(candidate)
      .map(cutOff)
      .find((why) => why !== undefined);
  };
};

/** Answers shorter than this may be a word or a number, and need no full stop. */
const leastOfProse = 120;

function cutOff(text: string): string | undefined {
  const fences = text.match(/^ {0,3}(?:```|~~~)/gm)?.length ?? 0;
  if (fences % 2 === 1) return "A response ends inside a code block.";
  const lastLine = text.trimEnd().split("\n").at(-1) ?? "";
  const isProse = lastLine.length >= leastOfProse && !/^\s*(?:[-*+|#>]|\d+[.)])/.test(lastLine);
  if (/[,;(]$/.test(lastLine) || (isProse && /[\p{L}\p{N}–-]$/u.test(lastLine))) {
    return "A response ends in the middle of a sentence.";
  }
  return undefined;
}
