import type { StepRule } from "../../state/evaluation/step-rule.ts";
import { goesOn } from "../../state/evaluation/step-verdict.ts";
import type { StepSummary } from "../../state/verdict.ts";

/** A cascade that ends at `step`, which takes the pairs that `takes` says. */
export type FrontierPoint = { readonly step: number; readonly takes: StepRule };

/** Into how many parts a step's margin is divided. */
const parts = 4;

/**
 * The points between a cascade's first step alone and the cascade as it is: each step added by and
 * by, with a part of its margin, then with all of it.
 *
 * @param largest The largest margin that went on to each step
 */
export function frontierPoints(
  rules: readonly StepRule[],
  largest: readonly number[],
): FrontierPoint[] {
  const asked = rules.flatMap((rule, index) => (rule === "skip" ? [] : [{ rule, index }]));
  return asked.flatMap(({ rule, index }, place) => {
    const step = index + 1;
    if (place === 0) return [{ step, takes: "every" as const }];
    const most = rule === "every" ? (largest[index] ?? 0) : rule;
    const between = typeof most === "number" && most > 0 ? partsOf(most) : [];
    const takes: StepRule[] = rule === "unsure" ? ["unsure"] : ["unsure", ...between, rule];
    return takes.map((one) => ({ step, takes: one }));
  });
}

function partsOf(most: number): number[] {
  const share = (part: number) => Math.round((1000 * most * part) / parts) / 1000;
  return Array.from({ length: parts - 1 }, (_, index) => share(index + 1));
}

/** The place, among the steps that judged a pair, of the one that decides it at a point. */
export function decidedAt(
  steps: readonly StepSummary[],
  rules: readonly StepRule[],
  { step: last, takes }: FrontierPoint,
): number {
  let at = 0;
  for (;;) {
    const [current, next] = [steps[at], steps[at + 1]];
    if (current === undefined || next === undefined || next.step > last) return at;
    const rule = next.step === last ? takes : (rules[next.step - 1] ?? "unsure");
    if (!goesOn(current, rule)) return at;
    at += 1;
  }
}
