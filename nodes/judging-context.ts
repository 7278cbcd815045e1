import type { Fence } from "../prompts/fence.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import type { References } from "../state/references.ts";

/** An aspect that a judge weighs. */
export type Criterion = {
  readonly name: string;
  /** Above 0. */
  readonly weight: number;
  /** The meaning of the name, in a sentence. */
  readonly description?: string | undefined;
};

/** The texts that a judge is shown beside the request and the responses. */
export type JudgingContext = {
  readonly prompt: Prompt;
  readonly criteria: readonly Criterion[];
  /** The column of the row's reference answer. */
  readonly reference: string;
};

export const judgingContextShape: PromptShape = {
  reference: ["reference"],
  criteria: ["criteria"],
};

/** What of its context a judge is shown with this row. */
export type ShownContext = {
  /** Untrusted texts, for the fence and for the reading of the answer. */
  readonly texts: readonly string[];
  /** The context behind the fenced request; empty where there is none. */
  readonly render: (fence: Fence) => string;
};

/** The reference answer of a row and the criteria, fenced like all untrusted text. */
export function shownContext(
  context: JudgingContext | undefined,
  references: References,
): ShownContext {
  if (context === undefined) return { texts: [], render: () => "" };
  const { prompt, criteria, reference: column } = context;
  const reference = Object.hasOwn(references, column) ? references[column] : undefined;
  const aspects = criteria.map(criterionLine).join("\n");
  const shown = [
    ...(reference === undefined
      ? []
      : [{ section: "reference", label: "reference answer", text: reference }]),
    ...(aspects === "" ? [] : [{ section: "criteria", label: "criteria", text: aspects }]),
  ];
  return {
    texts: shown.map(({ text }) => text),
    render: (fence) =>
      shown
        .map(({ section, label, text }) =>
          prompt.render(section, { [section]: fence(label, text) }),
        )
        .map((part) => `\n\n${part}`)
        .join(""),
  };
}

function criterionLine({ name, weight, description }: Criterion): string {
  const meaning = description === undefined ? "" : `: ${description}`;
  return `- ${name} (weight ${weight})${meaning}`;
}
