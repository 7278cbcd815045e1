import type { LabelSession, LabelState, ShownAnswer } from "../../label-page/label-session.ts";
import { shownPair } from "../../label-page/shown-pair.ts";
import type { PairLabel } from "../../datasets/rows/pair-row.ts";
import { answersOfPerson, type AnswersOfPerson } from "./answers-of-person.ts";
import type { Answer, AnswersByPerson, LabelJournal } from "./label-journal.ts";
import { isExchanged, type Draw, type OrderedPair } from "./label-order.ts";
import { labelsOfPairs, type PairLabels } from "./labels-file.ts";
import type { PairToLabel } from "./pair-to-label.ts";
import { createPeopleSentence } from "./people-sentence.ts";

export type SessionParts = {
  readonly person: string;
  readonly seed: string;
  readonly pairs: readonly PairToLabel[];
  readonly order: readonly OrderedPair[];
  /** The first so many pairs of the order stay a random draw when other pairs are chosen. */
  readonly random: number;
  readonly journal: LabelJournal;
  readonly readAnswers: () => Promise<AnswersByPerson>;
  /** Called after each answer, once it is stored. */
  readonly onAnswer: () => Promise<void>;
};

/** One person's judging: which pair is next, and what becomes of an answer. */
export function createLabelSession(parts: SessionParts): LabelSession {
  const { person, seed, pairs, order, journal, readAnswers, onAnswer } = parts;
  const peopleSentence = createPeopleSentence();
  let current: OrderedPair | null = null;
  let isChosen = false;
  let last: Promise<unknown> = Promise.resolve();

  async function look() {
    const answers = await readAnswers();
    const own = answersOfPerson(answers.get(person) ?? []);
    const labels = labelsOfPairs(pairs, answers);
    isChosen ||= [...answers.values()].flat().some(({ draw }) => draw === "chosen");
    if (!isOpen(current, own)) {
      current = nextPair(parts, own, isTaken(answers, labels));
      if (current !== null && numberOf(current) !== own.shown) {
        const { draw } = current;
        await journal.append({ pair: numberOf(current), answer: "shown", draw });
      }
    }
    return { own, labels };
  }

  /** Says of a pair whether a person has judged it, or another is judging it now. */
  function isTaken(answers: AnswersByPerson, labels: readonly PairLabels[]) {
    const shown = [...answers]
      .filter(([other]) => other !== person)
      .map(([, theirs]) => answersOfPerson(theirs).shown);
    return ({ pair }: OrderedPair) =>
      Object.keys(labels[pair]?.labels ?? {}).length > 0 || shown.includes(pairs[pair]!.number);
  }

  function isOpen(shown: OrderedPair | null, { labels, again }: AnswersOfPerson): boolean {
    if (shown === null) return false;
    const number = numberOf(shown);
    return !labels.has(number) && (again.length === 0 || again.at(-1) === number);
  }

  const numberOf = ({ pair }: OrderedPair) => pairs[pair]!.number;

  async function state(): Promise<LabelState> {
    const { own, labels } = await look();
    const shown = current === null ? undefined : pairs[current.pair];
    const others = current === null ? 0 : Object.keys(labels[current.pair]?.labels ?? {}).length;
    const isSecond = others > 0 && current?.isShared === false;
    return {
      person,
      pair: shown === undefined ? null : shownPair(shown, isExchanged(seed, person, shown.number)),
      progress: {
        judged: pairs.filter((pair) => hasJudged(pair, person, own)).length,
        skipped: [...own.skips.keys()].filter((number) => !own.labels.has(number)).length,
        pairs: pairs.length,
        labelled: labels.filter((one) => Object.keys(one.labels).length > 0).length,
      },
      agreement: peopleSentence(
        labels.map(({ labels: said }, index) => ({ labels: said, cluster: pairs[index]!.cluster })),
      ),
      note: noteOf({ shown, isSecond, isSkipped: own.skips.has(shown?.number ?? 0) }),
      canUndo: own.history.length > 0,
    };
  }

  async function write(answer: Answer): Promise<LabelState> {
    await journal.append(answer);
    current = null;
    await onAnswer();
    return state();
  }

  /** After a choice of pairs, only the beginning of the order is still a random draw. */
  function drawOf({ pair, draw }: OrderedPair): Draw {
    const place = order.findIndex((one) => one.pair === pair);
    return draw === "random" && isChosen && place >= parts.random ? "chosen" : draw;
  }

  async function answer(number: number, said: ShownAnswer): Promise<LabelState> {
    await look();
    if (current === null || numberOf(current) !== number) return state();
    const label = isExchanged(seed, person, number) ? turned(said) : said;
    return write({ pair: number, answer: label, draw: drawOf(current) });
  }

  async function undo(): Promise<LabelState> {
    const { own } = await look();
    const number = own.history.at(-1);
    if (number === undefined) return state();
    return write({ pair: number, answer: "undo", draw: "random" });
  }

  /** One after the other: two answers at once must not be given to the same pair. */
  function inTurn(act: () => Promise<LabelState>): Promise<LabelState> {
    const result = last.then(act, act);
    last = result.catch(() => undefined);
    return result;
  }

  return {
    state: () => inTurn(state),
    answer: (pair, said) => inTurn(() => answer(pair, said)),
    undo: () => inTurn(undo),
  };
}

/**
 * The pair that a person judges next: one whose answer was taken back, or that was before them when
 * they ended; else the first of the order that is shared or that no person judges or has judged;
 * else one of the others'; pairs that were skipped come last. Null where the person has judged all.
 */
function nextPair(
  { person, pairs, order }: Pick<SessionParts, "person" | "pairs" | "order">,
  own: AnswersOfPerson,
  isTaken: (pair: OrderedPair) => boolean,
): OrderedPair | null {
  const again = order.find(({ pair }) => pairs[pair]!.number === own.again.at(-1));
  if (again !== undefined) return again;
  const before = order.find(({ pair }) => pairs[pair]!.number === own.shown);
  if (before !== undefined && !hasJudged(pairs[before.pair]!, person, own)) return before;
  let best: { readonly one: OrderedPair; readonly rank: number } | null = null;
  for (const one of order) {
    const pair = pairs[one.pair]!;
    if (hasJudged(pair, person, own)) continue;
    const isSecond = !one.isShared && isTaken(one);
    const rank = 2 * (own.skips.get(pair.number) ?? 0) + Number(isSecond);
    if (rank === 0) return one;
    if (best === null || rank < best.rank) best = { one, rank };
  }
  return best?.one ?? null;
}

/** A person's label that came with the pair counts too. */
function hasJudged(pair: PairToLabel, person: string, { labels }: AnswersOfPerson): boolean {
  return labels.has(pair.number) || pair.given[person] !== undefined;
}

function turned(said: ShownAnswer): PairLabel | "skip" {
  if (said === "a") return "b";
  return said === "b" ? "a" : said;
}

function noteOf({
  shown,
  isSecond,
  isSkipped,
}: {
  readonly shown: PairToLabel | undefined;
  readonly isSecond: boolean;
  readonly isSkipped: boolean;
}): string {
  if (shown === undefined) {
    return "You have judged every pair. Ctrl-C in the terminal ends the command.";
  }
  if (isSkipped) return "You skipped this pair before.";
  if (isSecond) return "This pair has an opinion already: yours is a further opinion.";
  return "";
}
