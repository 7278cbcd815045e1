import type { CardFacts } from "../../datasets/export/dataset-card.ts";
import type { Certificate } from "../../statistics/trust/certify-selection.ts";
import { percentText, smoothingText } from "../gates/gates-text.ts";
import type { GateCounts } from "../gates/sift.ts";

/** What a card tells of a run: its manifest has it all. */
export type CardRun<Summary> = Pick<
  CardFacts,
  "topology" | "agents" | "prompts" | "code" | "files" | "inputIdentity"
> & { readonly summary: Summary };

/** Lines that gates dropped, by data file. */
export function droppedByGates({
  gates = {},
}: {
  readonly gates?: Readonly<Record<string, GateCounts>>;
}): [string, string][] {
  return Object.entries(gates).flatMap(([file, { lines, kept, dropped, certificate }]) => [
    [
      `lines of ${file} kept by the gates`,
      `${kept} of ${lines}${Object.entries(dropped)
        .map(([gate, number]) => `, ${number} dropped by ${gate}`)
        .join("")}`,
    ],
    ...(certificate === undefined ? [] : certificateFigures(certificate)),
  ]);
}

/** The certificate of the kept pairs, and how a trainer is told of the noise that is left. */
function certificateFigures(certificate: Certificate): [string, string][] {
  const { kept, noise, delta, labelsKept, wrong, ties } = certificate;
  if (kept === 0) return [["certified by people's labels", "nothing"]];
  const labels = `${labelsKept} labelled, of which ${wrong} wrong and ${ties} tied`;
  return [
    [
      "certified by people's labels",
      `at most ${percentText(noise)} of the pairs are wrong, with a confidence of ` +
        `${percentText(1 - delta)} (${labels})`,
    ],
    ["noise that is left", smoothingText(certificate)],
  ];
}
