import type { Decision } from "../runs/study/decision.ts";
import { printable } from "../runs/progress/progress.ts";

/** What a study is printed with: each choice and its reason, and whether loops were worth it. */
export function decisionText({ evaluator, generator }: Decision): string {
  const worth = generator?.candidates.flatMap(({ sameTokens }) => sameTokens?.sentence ?? []) ?? [];
  const lines = [
    evaluator === null
      ? "No evaluator was chosen."
      : `evaluator  ${evaluator.chosen}: ${evaluator.reason}`,
    generator === null
      ? "No generator was chosen."
      : `generator  ${generator.chosen}: ${generator.reason}`,
    ...worth,
  ];
  return lines.map(printable).join("\n");
}
