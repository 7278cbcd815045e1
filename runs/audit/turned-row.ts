import { isFields } from "../../datasets/read/row-value.ts";

/**
 * A row with the other response chosen, in its own shape: every two columns that differ in
 * `chosen` and `rejected` alone change places (`chosen_score`, `rejected_score` too), a margin
 * changes its sign, and the label of a row with `a` and `b` is the other one.
 */
export function turnedRow(input: unknown, chosenSide: "a" | "b"): unknown {
  if (!isFields(input)) return input;
  const turned: Record<string, unknown> = { ...input };
  let hasColumns = false;
  for (const [name, value] of Object.entries(input)) {
    const other = otherName(name);
    if (other === null || !Object.hasOwn(input, other)) continue;
    hasColumns = true;
    turned[other] = value;
  }
  const margin = input["score_margin"];
  if (typeof margin === "number") turned["score_margin"] = margin === 0 ? 0 : -margin;
  if (hasColumns) return withBetterMessages(input, turned);
  const label = chosenSide === "a" ? "b" : "a";
  const { labels: _, winner, ...rest } = turned;
  if (winner === undefined) return { ...rest, label };
  const word = typeof winner === "string" ? winner.replace(/[ab]$/, label) : label;
  return { ...rest, winner: word };
}

function otherName(name: string): string | null {
  if (/chosen/.test(name)) return name.replace("chosen", "rejected");
  return /rejected/.test(name) ? name.replace("rejected", "chosen") : null;
}

/** UltraFeedback's `messages` are the prompt with the chosen response. */
function withBetterMessages(
  input: Readonly<Record<string, unknown>>,
  turned: Record<string, unknown>,
): unknown {
  const isChosen = JSON.stringify(input["messages"]) === JSON.stringify(input["chosen"]);
  return isChosen && Array.isArray(input["messages"])
    ? { ...turned, messages: input["rejected"] }
    : turned;
}
