import * as z from "zod";
import type { StepRule } from "./step-rule.ts";
import { Verdict } from "../verdict.ts";

/** What a step of a cascade made of the pair; steps count from 1. */
export const StepVerdict = z.object({ step: z.number().int().positive(), verdict: Verdict });
export type StepVerdict = z.infer<typeof StepVerdict>;

/**
 * By how much the scores of a verdict speak for its winner: negative where they speak against it,
 * as a jury's may. Null without a winner or without scores.
 */
export function marginOf({ winner, scores }: Pick<Verdict, "winner" | "scores">): number | null {
  if (scores === null || winner === "tie" || winner === "none") return null;
  return winner === "a" ? scores.a - scores.b : scores.b - scores.a;
}

/** Whether a row goes on to a cascade's next step, by what the step before made of it. */
export function goesOn(verdict: Pick<Verdict, "winner" | "scores">, rule: StepRule): boolean {
  if (rule === "every" || verdict.winner === "tie" || verdict.winner === "none") return true;
  const margin = marginOf(verdict);
  // Differences of decimals differ in their last bits.
  return margin !== null && typeof rule === "number" && margin <= rule + 1e-9;
}
