import { markdownTable } from "../../datasets/export/markdown-table.ts";
import type { AgreementEstimate } from "../../statistics/agreement/agreement-figure.ts";
import type { Estimate } from "../../statistics/estimates/interval.ts";
import type { Decision, EvaluatorDecision, GeneratorDecision } from "./decision.ts";

/** `decision.md`: what was chosen and why, in prose and tables. */
export function decisionPage({ evaluator, generator }: Decision, stoppedBy: string | null): string {
  const parts = [
    "# Decision",
    ...(stoppedBy === null ? [] : [`The study stopped early: ${stoppedBy}`]),
    ...(evaluator === null ? [] : evaluatorParts(evaluator)),
    ...(generator === null ? [] : generatorParts(generator)),
    "Intervals are 95 %; the prompts are the independent units. Beyond noise means p below " +
      "0.05, corrected for the number of comparisons (Holm).",
  ];
  return `${parts.join("\n\n")}\n`;
}

function evaluatorParts(decision: EvaluatorDecision): string[] {
  const { chosen, reason, candidates, rows, prompts, optimism, folds } = decision;
  return [
    "## The evaluator",
    `**${chosen}**: ${reason}. Agreement is with people, over ${rows} labelled pairs of ` +
      `${prompts} prompts.`,
    optimismText({ optimism, folds, crossFitted: decision.crossFitted }),
    markdownTable(
      ["evaluator", "kappa", "behind the best", "p", "without a verdict", "tokens", "dollars"],
      candidates.map(({ name, kappa, behind, withoutVerdict, tokens, usd }) => [
        name,
        figure(kappa),
        behind?.value?.toFixed(3) ?? "–",
        behind?.p?.toFixed(3) ?? "–",
        String(withoutVerdict),
        tokens?.toString() ?? "–",
        usd?.toFixed(4) ?? "–",
      ]),
    ),
  ];
}

function optimismText({
  optimism,
  folds,
  crossFitted,
}: Pick<EvaluatorDecision, "optimism" | "folds" | "crossFitted">): string {
  if (optimism === null) return "What picking the best adds by luck can't be said: too few labels.";
  return (
    `On prompts that had no part in picking the best (${folds} folds), kappa is ` +
    `${figure(crossFitted)}: ${optimism.toFixed(3)} of the best one's kappa is owed to its ` +
    "being picked."
  );
}

function generatorParts(decision: GeneratorDecision): string[] {
  const { chosen, reason, candidates, differences, leftOut } = decision;
  const worth = candidates.flatMap(({ sameTokens }) => sameTokens?.sentence ?? []);
  const rounds = candidates.flatMap(({ name, rounds: gains }) =>
    gains.map(({ round, n, gain }) => [
      name,
      String(round),
      String(n),
      gain === null ? "–" : gain.value.toFixed(3),
      gain === null || gain.low === null
        ? "–"
        : `${gain.low.toFixed(3)} to ${gain.high.toFixed(3)}`,
    ]),
  );
  return [
    "## The generator",
    `**${chosen}**: ${reason}.`,
    ...worth,
    markdownTable(
      ["generator", "role", "win rate", "tokens a prompt", "dollars"],
      candidates.map(({ name, role, winRate, meanTokens, usd }) => [
        name,
        role,
        rate(winRate),
        meanTokens?.toFixed(0) ?? "–",
        usd?.toFixed(4) ?? "–",
      ]),
    ),
    differences.map(({ verdict }) => `- ${verdict.replaceAll("<", "&lt;")}`).join("\n"),
    ...(rounds.length === 0
      ? []
      : [
          "What each further round gained: the share of prompts on which its response won, " +
            "less the share on which it lost, by the generator's own evaluator.",
          markdownTable(["generator", "round", "compared", "gain", "interval"], rounds),
        ]),
    ...leftOut.map(({ name, reason: why }) => `${name} is left out: ${why}.`),
  ].filter((part) => part !== "");
}

function rate(estimate: Estimate | null): string {
  if (estimate === null) return "–";
  const percent = (share: number) => (100 * share).toFixed(1);
  return `${percent(estimate.value)} % (${percent(estimate.low)} to ${percent(estimate.high)})`;
}

function figure(estimate: AgreementEstimate): string {
  if (estimate.value === null) return "undefined";
  if (estimate.low === null) return estimate.value.toFixed(3);
  return `${estimate.value.toFixed(3)} (${estimate.low.toFixed(2)} to ${estimate.high.toFixed(2)})`;
}
