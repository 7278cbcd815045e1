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

/** A pair that people judged, shown to a judge as an example. */
export type JudgedExample = {
  readonly prompt: string;
  readonly a: string;
  readonly b: string;
  /** The people's verdict. */
  readonly label: "a" | "b" | "tie";
};

/** What a topology says of the texts beside the request and the responses. */
export type ToldContext = {
  readonly criteria: readonly Criterion[];
  /** The column of the row's reference answer. */
  readonly reference: string;
  readonly examples?: readonly JudgedExample[] | undefined;
  /** Rules by which people decided other pairs, a sentence or two each. */
  readonly guidelines?: readonly string[] | undefined;
};

/** The texts that a judge is shown beside the request and the responses. */
export type JudgingContext = Omit<ToldContext, "examples" | "guidelines"> & {
  readonly prompt: Prompt;
  /** Nothing where the topology names no examples. */
  readonly examples?: { readonly prompt: Prompt; readonly shown: readonly JudgedExample[] };
  /** Nothing where the topology names no guidelines. */
  readonly guidelines?: { readonly prompt: Prompt; readonly shown: readonly string[] };
};

export const judgingContextShape: PromptShape = {
  reference: ["reference"],
  criteria: ["criteria"],
};

export const judgingExamplesShape: PromptShape = {
  examples: ["examples"],
  example: ["number", "request", "responses", "verdict"],
  a: [],
  b: [],
  tie: [],
};

export const judgingGuidelinesShape: PromptShape = { guidelines: ["guidelines"] };

/** What of its context a judge is shown with this row. */
export type ShownContext = {
  /** Untrusted texts, for the fence and for the reading of the answer. */
  readonly texts: readonly string[];
  /** The context behind the fenced request; empty where there is none. */
  readonly render: (fence: Fence) => string;
};

/** A row's reference, the criteria, guidelines and examples, fenced like all untrusted text. */
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
  const examples = context.examples?.shown ?? [];
  return {
    texts: [
      ...shown.map(({ text }) => text),
      ...(context.guidelines?.shown ?? []),
      ...examples.flatMap(({ prompt: request, a, b }) => [request, a, b]),
    ],
    render: (fence) =>
      [
        ...shown.map(({ section, label, text }) =>
          prompt.render(section, { [section]: fence(label, text) }),
        ),
        ...renderGuidelines(context, fence),
        ...renderExamples(context, fence),
      ]
        .map((part) => `\n\n${part}`)
        .join(""),
  };
}

function renderGuidelines({ guidelines }: JudgingContext, fence: Fence): string[] {
  if (guidelines === undefined || guidelines.shown.length === 0) return [];
  const { prompt, shown } = guidelines;
  const lines = shown.map((text) => `- ${text}`).join("\n");
  return [prompt.render("guidelines", { guidelines: fence("guidelines", lines) })];
}

function renderExamples({ examples }: JudgingContext, fence: Fence): string[] {
  if (examples === undefined || examples.shown.length === 0) return [];
  const { prompt, shown } = examples;
  const each = shown.map(({ prompt: request, a, b, label }, index) => {
    const number = String(index + 1);
    const named = (text: string, what: string) => fence(`${what} of example ${number}`, text);
    return prompt.render("example", {
      number,
      request: named(request, "request"),
      responses: `${named(a, "first response")}\n\n${named(b, "second response")}`,
      verdict: prompt.render(label),
    });
  });
  return [prompt.render("examples", { examples: each.join("\n\n") })];
}

function criterionLine({ name, weight, description }: Criterion): string {
  const meaning = description === undefined ? "" : `: ${description}`;
  return `- ${name} (weight ${weight})${meaning}`;
}
