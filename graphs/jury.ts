import { createPanel, type Panelist, type PanelOptions } from "./parts/panel.ts";

export type JuryOptions = PanelOptions & { readonly jurors: readonly Panelist[] };

/**
 * Several judges side by side, who don't see each other, and a count (arXiv 2408.08688, section
 * 4.3). `aggregate`: `plurality`: most votes, any shared first place a tie · `mean` of the score
 * margins · `weighted` votes.
 */
export function createJury({ jurors, ...options }: JuryOptions) {
  return createPanel("juror", jurors, options);
}
