import { isFields } from "../../datasets/read/row-value.ts";
import type { PairLabel } from "../../datasets/rows/pair-row.ts";
import { openAtomicFile } from "../../storage/atomic-file.ts";
import { answersOfPerson } from "./answers-of-person.ts";
import type { AnswersByPerson } from "./label-journal.ts";
import type { Draw } from "./label-order.ts";
import type { PairToLabel } from "./pair-to-label.ts";

/** What people say of a pair, the labels that it came with included. */
export type PairLabels = {
  readonly labels: Readonly<Record<string, PairLabel>>;
  /** How the pair came to its new labels; null without any. */
  readonly draw: Draw | null;
};

/**
 * The labels of every pair. A pair that one person was given at random counts as drawn at random,
 * also where another person judged it later.
 */
export function labelsOfPairs(
  pairs: readonly PairToLabel[],
  answers: AnswersByPerson,
): PairLabels[] {
  const people = [...answers]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([person, own]) => [person, answersOfPerson(own).labels] as const);
  return pairs.map(({ number, given }) => {
    const labels: Record<string, PairLabel> = Object.assign(Object.create(null), given);
    let draw: Draw | null = null;
    for (const [person, own] of people) {
      const said = own.get(number);
      if (said === undefined) continue;
      labels[person] = said.label;
      draw = draw === "random" ? draw : said.draw;
    }
    return { labels, draw };
  });
}

/** Bytes that are collected before they are written. */
const pieceBytes = 1 << 20;

/**
 * Writes the pairs with their labels, a line each, as `evaluate` reads them; as a JSON array where
 * the name ends in `.json`. The file is always whole.
 *
 * @param temporary Where the content is until it is whole, on the same disk.
 */
export async function writeLabels(
  file: string,
  pairs: readonly PairToLabel[],
  labels: readonly PairLabels[],
  temporary: string,
): Promise<void> {
  const isArray = /\.json$/i.test(file);
  const output = await openAtomicFile(file, { temporary });
  try {
    let text = isArray ? "[\n" : "";
    for (const [index, pair] of pairs.entries()) {
      const isLast = index === pairs.length - 1;
      text += `${JSON.stringify(labelledRow(pair, labels[index]))}${isArray && !isLast ? "," : ""}\n`;
      if (text.length < pieceBytes) continue;
      await output.append(Buffer.from(text));
      text = "";
    }
    await output.append(Buffer.from(isArray ? `${text}]\n` : text));
    await output.commit();
  } finally {
    await output.discard();
  }
}

/** The row as it was given, with what people say of it; in the form of a pair if it had another. */
function labelledRow(
  { id, input, messages, a, b, extra }: PairToLabel,
  { labels, draw }: PairLabels = { labels: {}, draw: null },
): object {
  const isPair = isFields(input) && isGiven(input["a"]) && isGiven(input["b"]);
  const row = isPair ? input : { messages, a, b, ...extra };
  const { label: _, labels: __, ...rest } = row as Readonly<Record<string, unknown>>;
  return {
    id,
    ...rest,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(draw === null ? {} : { drawn: draw }),
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
