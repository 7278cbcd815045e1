import type { Candidate } from "../../datasets/gates/gate.ts";
import {
  certifySelection,
  type Certificate,
  type CertifyOptions,
} from "../../statistics/trust/certify-selection.ts";

/** A pair that passed all gates, on its way into a data file. */
export type PassedPair = {
  readonly key: string;
  readonly file: string;
  readonly sureness: Sureness;
  /** People's verdict on it. */
  readonly label: Candidate["label"];
};

/** How sure the evaluator was of a pair. */
type Sureness = {
  /** Of a calibrated jury; null of any other evaluator. */
  readonly confidence: number | null;
  readonly flipped: boolean;
  readonly agreement: number;
  readonly margin: number;
};

export function surenessOf({ evidence }: Candidate): Sureness {
  const [chosen = 0, rejected = 0] = evidence?.scores ?? [];
  return {
    confidence: evidence?.confidence ?? null,
    flipped: evidence?.flipped === true,
    agreement: evidence?.agreement ?? 0,
    margin: chosen - rejected,
  };
}

/** How many of the surest pairs are kept; all where neither is given. */
export type SelectionOptions = {
  readonly keep?: number | undefined;
  readonly certify?: CertifyOptions | undefined;
};

export type Selection = {
  /** The pairs that are not kept, and why, as a gate's name and a sentence. */
  readonly left: readonly PassedPair[];
  readonly gate: "keep" | "certify";
  readonly detail: string;
  readonly certificate?: Certificate;
};

/** Keeps the surest pairs: so many, or as many as people's labels certify. */
export function selectSurest(
  pairs: readonly PassedPair[],
  { keep, certify }: SelectionOptions,
): Selection {
  const ranked = pairs.toSorted((one, other) => bySureness(one.sureness, other.sureness));
  if (certify === undefined) {
    const left = keep === undefined ? [] : ranked.slice(keep);
    return { left, gate: "keep", detail: `Not among the ${keep} surest pairs.` };
  }
  const certificate = certifySelection(
    ranked.map(({ label }) => label),
    certify,
  );
  const left = ranked.slice(certificate.kept);
  const detail = `Not among the ${certificate.kept} surest pairs, which are certified.`;
  return { left, gate: "certify", detail, certificate };
}

/** A calibrated jury's own order; else pairs that held in both orders first; then by agreement, and by the difference of the scores. */
function bySureness(one: Sureness, other: Sureness): number {
  return (
    (other.confidence ?? 0) - (one.confidence ?? 0) ||
    Number(one.flipped) - Number(other.flipped) ||
    other.agreement - one.agreement ||
    other.margin - one.margin
  );
}
