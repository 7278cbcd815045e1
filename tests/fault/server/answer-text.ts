import { choice, review, score, scores, votes } from "../../written-answers.ts";
import { seeded, seededBetween } from "./seeded.ts";
import type { AnswerForm, ServerSettings } from "./server-settings.ts";

/** What the server reads of a question. */
export type AskedMessages = readonly { readonly role: string; readonly content: string }[];

/**
 * The form in which the last of the messages, or else an earlier one of the user's, wants its
 * answer.
 */
export function formOf(messages: AskedMessages): AnswerForm {
  const asked = messages.filter(({ role }) => role === "user").map(({ content }) => content);
  const last = asked.at(-1) ?? "";
  if (/^### Score Assistant [A1]:/m.test(last)) return "scores";
  if (/^### Answer:/m.test(last)) return "choice";
  if (last.includes("Review the revised response in the same form")) return "review";
  if (/^### Overall Score:/m.test(last)) return /^### Feedback:/m.test(last) ? "review" : "score";
  if (/^Assistant A$/m.test(last) || last.includes("Assistant A, Assistant B or Equal"))
    return "compare";
  return last.includes("three suggestions") ? "advice" : "text";
}

/** What a model says to a question: a function of the seed and the question alone. */
export function answerText(messages: AskedMessages, key: string, settings: ServerSettings): string {
  const form = formOf(messages);
  const isVerdict =
    form === "scores" || form === "choice" || form === "score" || form === "compare";
  if (isVerdict && settings.verdicts === "unreadable") {
    return `Both have their merits, and it would be hard to say more (${key.slice(0, 8)}).`;
  }
  return said(form, messages, key, settings);
}

function said(
  form: AnswerForm,
  messages: AskedMessages,
  key: string,
  settings: ServerSettings,
): string {
  const asked = messages.at(-1)?.content ?? "";
  const scale = Number(/X\/(\d+)/.exec(asked)?.[1] ?? 10);
  const isGullible = settings.verdicts === "gullible";
  const value = (name: string) => 1 + Math.floor(seeded(settings.seed, key, name) * (scale - 1));
  const [first, second] = isGullible ? [scale, 1] : [value("first"), value("second")];
  switch (form) {
    case "scores":
      return asked.includes("Score Assistant 1")
        ? votes(first, second, scale)
        : scores(first, second, scale);
    case "score":
      return score(first, scale);
    case "choice":
      return choice(first === second ? "C" : first > second ? "A" : "B");
    case "compare":
      return (
        `${first === second ? "Equal" : first > second ? "Assistant A" : "Assistant B"}\nThat ` +
        `is the one to prefer (${key.slice(0, 8)}).`
      );
    case "review":
      return review(
        `Change passage ${key.slice(0, 8)}. ${prose(key, settings)}`,
        1 + (value("review") % 9),
      );
    case "advice":
      return `Name an example (${key.slice(0, 8)}).\nSay it in fewer words.\nPut the reason first.`;
    case "text":
      return `Answer ${key.slice(0, 12)}. ${prose(key, settings)}`;
  }
}

const sentences = [
  "The first step is to look at what is there.",
  "Dies gilt auch für längere Sätze – selbst für solche mit „Anführungszeichen“.",
  "A 👩‍👩‍👧‍👦 and a é are one character each to a reader.",
  "重要なのは順序です。",
  'What follows from it is easily checked: 2 < 3, "quoted", back\\slash.',
  "هذا سطر من اليمين إلى اليسار.",
  "In the end it is the\nsecond line that counts.",
  "Nothing here was written by anybody.",
] as const;

function prose(key: string, { seed, sentences: range }: ServerSettings): string {
  const count = seededBetween(range, seed, key, "sentences");
  return Array.from(
    { length: count },
    (_, index) => sentences[seededBetween([0, sentences.length - 1], seed, key, index)],
  ).join(" ");
}
