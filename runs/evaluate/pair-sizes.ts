import type { PairRow } from "../../datasets/rows/pair-row.ts";
import type { ToldContext } from "../../nodes/judging-context.ts";
import { conversationText } from "../../prompts/fence.ts";
import { roughTokens, type RowSizes } from "../forecast/forecast.ts";

/** The sizes of a pair for the forecast: examples and guidelines are sent with each prompt. */
export function pairSizes(
  { messages, a, b }: Pick<PairRow, "messages" | "a" | "b">,
  topology: object,
): RowSizes {
  const { examples = [], guidelines = [] } = topology as Pick<
    ToldContext,
    "examples" | "guidelines"
  >;
  const shown = [
    ...examples.map(({ prompt, a: first, b: second }) => [prompt, first, second].join("\n")),
    ...guidelines,
  ];
  return {
    prompt: roughTokens(conversationText(messages)) + roughTokens(shown.join("\n")),
    response: (roughTokens(a.text) + roughTokens(b.text)) / 2,
  };
}
