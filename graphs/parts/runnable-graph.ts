import type { RunnableConfig } from "@langchain/core/runnables";
import type { CandidatePair } from "../../state/candidate.ts";
import type { EvaluatorOutput } from "../../state/evaluation/evaluator-state.ts";
import type { GeneratorOutput } from "../../state/generation/generator-state.ts";
import type { Message } from "../../state/message.ts";
import type { References } from "../../state/references.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";

/** What of a compiled graph is needed to draw it (`drawGraph`, `drawGraphAsSvg`). */
export type Drawable = {
  getGraphAsync(options?: { readonly xray?: boolean }): Promise<{
    readonly nodes: Readonly<Record<string, unknown>>;
    readonly edges: readonly {
      readonly source: string;
      readonly target: string;
      readonly data?: string;
      readonly conditional?: boolean;
    }[];
  }>;
};

type Asked = {
  readonly row: RowAddress;
  readonly prompt: Message[];
  readonly references?: References;
};

/**
 * A compiled graph that takes a prompt and returns responses: over
 * `GeneratorInput` and `GeneratorOutput`.
 */
export type GeneratorGraph = Drawable & {
  invoke(input: Asked, config?: RunnableConfig): Promise<typeof GeneratorOutput.State>;
};

/**
 * A compiled graph that takes a pair and returns a verdict: over `EvaluatorInput` and
 * `EvaluatorOutput`.
 */
export type EvaluatorGraph = Drawable & {
  invoke(
    input: Asked & { readonly pair: CandidatePair },
    config?: RunnableConfig,
  ): Promise<typeof EvaluatorOutput.State>;
};
