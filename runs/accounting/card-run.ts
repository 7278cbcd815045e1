import type { CardFacts } from "../../datasets/export/dataset-card.ts";
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
  return Object.entries(gates).map(([file, { lines, kept, dropped }]) => [
    `lines of ${file} kept by the gates`,
    `${kept} of ${lines}${Object.entries(dropped)
      .map(([gate, number]) => `, ${number} dropped by ${gate}`)
      .join("")}`,
  ]);
}
