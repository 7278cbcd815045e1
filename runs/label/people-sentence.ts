import type { PairLabel } from "../../datasets/rows/pair-row.ts";
import { counted } from "../../state/counted.ts";
import { peopleAgreement } from "../../statistics/agreement/people-agreement.ts";

/** Below this many shared pairs, kappa says next to nothing. */
const leastShared = 10;

type LabelledPair = {
  readonly labels: Readonly<Record<string, PairLabel>>;
  readonly cluster: string;
};

/** Says how well people agree, and computes it again only where a shared label is new. */
export function createPeopleSentence(): (pairs: readonly LabelledPair[]) => string {
  const last = { key: "", sentence: "" };
  return function peopleSentenceOf(pairs) {
    const shared = pairs.filter(({ labels }) => Object.keys(labels).length > 1);
    const key = JSON.stringify(shared);
    if (last.key !== key) Object.assign(last, { key, sentence: peopleSentence(shared) });
    return last.sentence;
  };
}

/** How well people agree with each other, in a sentence, from the pairs that two or more judged. */
function peopleSentence(shared: readonly LabelledPair[]): string {
  if (shared.length < leastShared) {
    return (
      "People's agreement: not known yet. Two people have judged " +
      `${counted(shared.length, "pair")} ` +
      `in common; a first figure takes ${leastShared}.`
    );
  }
  const agreement = peopleAgreement(
    shared.map(({ labels }) => Object.values(labels)),
    { seed: "people's agreement" },
    { clusters: shared.map(({ cluster }) => cluster) },
  );
  const over = `over ${counted(shared.length, "pair")} that two people or more have judged`;
  if (agreement === null || agreement.kappa.value === null) {
    return `People's agreement: everyone gives every pair the same label, ${over}.`;
  }
  const { value, low, high } = agreement.kappa;
  const interval =
    low === null ? "no interval yet" : `95 %: ${low.toFixed(2)} to ${high.toFixed(2)}`;
  const exact = agreement.accuracy.value ?? 0;
  return (
    `People's agreement: kappa ${value.toFixed(2)} (${interval}), the same label in ` +
    `${Math.round(exact * 100)} %, ${over}.`
  );
}
