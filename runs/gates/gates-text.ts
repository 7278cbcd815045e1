import type { Certificate } from "../../statistics/trust/certify-selection.ts";
import type { GateCounts } from "./sift.ts";
import { counted } from "../../state/counted.ts";

/** What the gates kept and dropped of each data file, a line each. */
export function gatesText(counts: Readonly<Record<string, GateCounts>>): string[] {
  return Object.entries(counts).flatMap(([file, { lines, kept, dropped, certificate }]) => {
    const words = Object.entries(dropped).map(([gate, number]) => `${number} by ${gate}`);
    const rest = words.length === 0 ? "" : `; dropped ${words.join(", ")}`;
    const text = `Gates, ${file}: ${kept} of ${counted(lines, "line")} kept${rest}.`;
    return certificate === undefined ? [text] : [text, certificateText(certificate)];
  });
}

/** What people's labels certify of the kept pairs, or why they certify nothing. */
export function certificateText(certificate: Certificate): string {
  const { noise, delta, pairs, labels, kept, labelsKept, wrong, ties, reason } = certificate;
  const most = `at most ${percentText(noise)}`;
  if (reason === "too_few_labels") {
    return (
      `NOT CERTIFIED: ${labels} of ${pairs} pairs have people's labels, too few to show that ` +
      `${most} are wrong; no pair is kept. Label more pairs, drawn at random among the surest ` +
      "60 %."
    );
  }
  if (reason === "too_noisy") {
    return (
      `NOT CERTIFIED: ${labels} labels of people don't show that ${most} are wrong, not even ` +
      "of the surest pairs; no pair is kept. Allow more noise, or use a better evaluator."
    );
  }
  return (
    `Certified: ${most} of the ${kept} surest pairs (of ${pairs}) are wrong, with a ` +
    "confidence of " +
    `${percentText(1 - delta)}; of ${labelsKept} with labels, ${wrong} are wrong and ` +
    `${ties} tied.` +
    (certificate.labelSmoothing === null ? "" : ` ${smoothingText(certificate)}`)
  );
}

/** How TRL is told of the noise that is left. */
export function smoothingText({ labelSmoothing }: Certificate): string {
  if (labelSmoothing === null) return "Half the pairs or more are wrong.";
  return `For TRL: loss_type="robust", label_smoothing=${labelSmoothing.toFixed(2)}.`;
}

export function percentText(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
