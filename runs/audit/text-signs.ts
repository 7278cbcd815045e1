/** The longest text in which a sign of truncation says nothing: a word, a number, a title. */
const shortTextWords = 25;

/**
 * Whether a response seems to end in the middle: a code block or a bracket that is never closed, or
 * a long text whose last line is prose without an end. Lists, tables, code and headings end without
 * a full stop by nature.
 */
export function isTruncated(text: string): boolean {
  const trimmed = text.trimEnd();
  const fences = trimmed.match(/^\s*```/gm)?.length ?? 0;
  if (fences % 2 === 1) return true;
  if (trimmed.split(/\s+/u).length < shortTextWords) return false;
  // Scripts without spaces and cases end sentences in other ways.
  const last = trimmed.slice(trimmed.lastIndexOf("\n") + 1).trim();
  if (/[,;(]$/u.test(last)) return true;
  if (/^(?:[-*+•|>#]|\d+[.)]|```)/u.test(last)) return /\p{Ll}-$/u.test(last);
  if (last.split(/\s+/u).length < 6) return false;
  return /[\p{Ll}\p{Lu}]$/u.test(last);
}

/** Openings in which an assistant declines; a full answer may hold such words further on. */
const refusals = [
  /^(?:i(?:['’]m| am) )?(?:very |so |really )?sorry,?\s*(?:but|,|i\b)/u,
  /^(?:unfortunately,? |i apologi[sz]e,?\s*(?:but )?)?i (?:can(?:no|['’])t|can not|am (?:not able|unable) to|won['’]t|will not|must decline)/u,
  /^as an? (?:ai|artificial intelligence|(?:large )?language model)\b.{0,80}?\b(?:can(?:no|['’])t|not able|unable|do(?:n['’]t| not) (?:have|feel)|not (?:appropriate|programmed))/u,
  /^i(?:['’]m| am) (?:not able|unable) to (?:assist|help|answer|provide|fulfil|comply|do|create|write|generate)/u,
  /^(?:my apologies|i apologi[sz]e),?\s*(?:but|i\b)/u,
  /^(?:es tut mir leid,? (?:aber|ich)|lo siento,? (?:pero|no)|je suis désolée?,? mais)/u,
] as const;

/** Whether a response declines the request in its first sentence. */
export function isRefusal(text: string): boolean {
  const opening = text.trimStart().slice(0, 300).toLowerCase();
  return refusals.some((refusal) => refusal.test(opening));
}

/** Marks of chat templates and of the steps that made a response, which belong into no answer. */
const leaks: readonly (readonly [sign: RegExp, what: string])[] = [
  [
    /<\|(?:im_start|im_end|eot_id|start_header_id|end_header_id|endoftext|assistant|user|system|end)\|>/u,
    "a chat template's token",
  ],
  [/\[\/?INST\]|<<\/?SYS>>|<\/?s>|<(?:start|end)_of_turn>/u, "a chat template's token"],
  [/^(?:#{2,3} ?)?(?:Human|User|Assistant):\s.*\n/mu, "a turn of another conversation"],
  [/^#{2,3} (?:Instruction|Response|Input):\s*$/mu, "a prompt template's heading"],
  [/<\/?think(?:ing)?>/u, "a model's thinking"],
  [
    /^\W*(?:here(?:['’]s| is)|below is) (?:the|my|a) (?:revised|improved|rewritten|updated) (?:response|answer|version)/iu,
    "words about a revision",
  ],
  [
    /\b(?:based on|according to|incorporating|addressing|thank you for) (?:the|your) (?:reviewer['’]s )?feedback\b/iu,
    "words about a reviewer's feedback",
  ],
];

/** The part of the making that shows in a response; null where none does. */
export function leakIn(text: string, prompt: string): string | null {
  const found = leaks.find(([sign]) => sign.test(text) && !sign.test(prompt));
  return found?.[1] ?? null;
}
