import { createPanel, type Panelist, type PanelOptions } from "./parts/panel.ts";

export type JudgeGraphOptions = Omit<PanelOptions, "aggregate"> & {
  readonly judge: Omit<Panelist, "weight">;
};

/**
 * One judge (arXiv 2408.08688, section 4.1), and what its readings come to.
 *
 * @example
 * const node = createJudge({ agent, prompt, strategy: "combined", scale: 10, orders: "ab", reasks: 1 });
 * const evaluator = createJudgeGraph({ judge: { name: "judge", node }, onUnparsed: "tie" });
 * const { verdict } = await evaluator.invoke({ prompt, pair: { a: { text: "…" }, b: { text: "…" } } });
 */
export function createJudgeGraph({ judge, ...options }: JudgeGraphOptions) {
  return createPanel("judge", [judge], { aggregate: "plurality", ...options });
}
