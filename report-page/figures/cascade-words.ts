import type { StepRule } from "../../state/evaluation/step-rule.ts";
import { usdText, wholeText } from "./number-text.ts";

/** A point of a cascade's frontier, as a summary holds it. */
export type ShownPoint = {
  readonly step: number;
  readonly takes: StepRule;
  readonly asked: readonly number[];
  readonly calls: number;
  readonly usd: number;
  readonly same: number;
  readonly kappa?: number | null | undefined;
};

export type ShownCascade = { readonly pairs: number; readonly frontier: readonly ShownPoint[] };

/** Which pairs a step takes, in words. */
export function takesText(takes: StepRule | null): string {
  if (takes === null || takes === "every") return "every pair";
  const unsure = "ties and unreadable verdicts";
  return typeof takes === "number" ? `${unsure}, and scores at most ${takes} apart` : unsure;
}

/** A point in a few words: up to which step and margin pairs go on. */
export function pointText({ step, takes }: Pick<ShownPoint, "step" | "takes">, index = 1): string {
  if (index === 0) return `step ${step} alone`;
  if (takes === "every") return `step ${step}, every pair`;
  return typeof takes === "number" ? `step ${step}, margin ${takes}` : `step ${step}, ties alone`;
}

/** The head of a table of a cascade's frontier. */
export function frontierHead({ frontier }: ShownCascade): string[] {
  return [
    "pairs go on to",
    "share of pairs",
    "calls",
    "dollars",
    "same verdict",
    ...kappaOf(frontier, "kappa"),
  ];
}

/** A row for each point of a cascade's frontier. */
export function frontierRows({ pairs, frontier }: ShownCascade): string[][] {
  return frontier.map((point, index) => [
    pointText(point, index),
    percent(pairs === 0 ? 0 : (point.asked[point.step - 1] ?? 0) / pairs),
    wholeText(point.calls),
    usdText(point.usd),
    percent(point.same),
    ...kappaOf(frontier, point.kappa?.toFixed(3) ?? "–"),
  ]);
}

function kappaOf(frontier: readonly ShownPoint[], text: string): string[] {
  return frontier.some(({ kappa }) => kappa !== undefined) ? [text] : [];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
