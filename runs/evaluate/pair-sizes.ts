import type { PairRow } from "../../datasets/rows/pair-row.ts";
import type { JudgedExample } from "../../nodes/judging-context.ts";
import { conversationText } from "../../prompts/fence.ts";
import { roughTokens, type RowSizes } from "../forecast/forecast.ts";

/** The sizes of a pair for the forecast: the examples of a topology are sent with each prompt. */
export function pairSizes(
  { messages, a, b }: Pick<PairRow, "messages" | "a" | "b">,
  topology: object,
): RowSizes {
  const { examples = [] } = topology as { readonly examples?: readonly JudgedExample[] };
  const shown = examples.map(({ prompt, a: first, b: second }) =>
    [prompt, first, second].join("\n"),
  );
  return {
    prompt: roughTokens(conversationText(messages)) + roughTokens(shown.join("\n")),
    response: (roughTokens(a.text) + roughTokens(b.text)) / 2,
  };
}
