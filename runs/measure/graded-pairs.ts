import { isSameText } from "../../state/same-text.ts";
import type { Answers, Question } from "./benchmark-files.ts";

/** A row for the evaluator, and the question that it is about. */
export type GradedPair = { readonly question: Question; readonly pair: object };

/**
 * The answers of a model to be graded, a row for each question: the first answer as `a`, the
 * conversation up to the last one as `b`, which an evaluator that scores each alone grades in two
 * calls. Questions without all answers are left out.
 */
export function gradedPairs(questions: readonly Question[], answers: Answers): GradedPair[] {
  return questions.flatMap((question) => {
    const { turns, category } = question;
    const own = answers.byKey.get(question.key) ?? [];
    const [first] = own;
    if (first === undefined || own.length < turns.length) return [];
    const told = referenceMessages(question);
    const messages = turns.flatMap((asked, at) => [
      { role: "user", content: asked },
      { role: "assistant", content: own[at] ?? "" },
    ]);
    const pair = {
      id: question.key.slice(0, 80),
      messages: [...told, { role: "user", content: turns[0] ?? "" }],
      a: { text: first, model: answers.name },
      b: { messages: [...told, ...messages], model: answers.name },
      ...(category === null ? {} : { category }),
    };
    return [{ question, pair }];
  });
}

/** The reference answers as a part of the request, where a model answered can't pass for them. */
function referenceMessages({ references }: Question) {
  if (references === null || references.length === 0) return [];
  const texts = references.map((text, at) => `Reference answer to request ${at + 1}:\n${text}`);
  return [{ role: "system", content: texts.join("\n\n") }];
}

/** A model's answers beside the baseline's, where they differ. */
export function baselinePairs(
  questions: readonly Question[],
  answers: Answers,
  baseline: Answers,
): { readonly asked: GradedPair[]; readonly identical: Question[] } {
  const asked: GradedPair[] = [];
  const identical: Question[] = [];
  for (const question of questions) {
    const own = answers.byKey.get(question.key)?.[0];
    const other = baseline.byKey.get(question.key)?.[0];
    if (own === undefined || other === undefined) continue;
    if (isSameText(own, other)) {
      identical.push(question);
      continue;
    }
    const pair = {
      id: question.key.slice(0, 80),
      prompt: question.key,
      a: { text: own, model: answers.name },
      b: { text: other, model: baseline.name },
      ...(question.category === null ? {} : { category: question.category }),
    };
    asked.push({ question, pair });
  }
  return { asked, identical };
}
