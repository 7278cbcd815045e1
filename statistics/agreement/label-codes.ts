import { FellowshipError } from "../../state/fellowship-error.ts";

/** What a rater says of a row. */
export type Label = string | number;

/** Labels as whole numbers from 0, which statistics count faster than labels. */
export type LabelCodes = {
  /** The label of each code. */
  categories: readonly Label[];
  /** Throws `bad_input` for a label that is not among the categories. */
  codeOf: (label: Label) => number;
};

/**
 * Numbers the labels: in the order of `categories` where given, else those that occur, numbers
 * ascending and then texts by code unit.
 */
export function createLabelCodes(
  labels: Iterable<Label>,
  categories?: readonly Label[],
): LabelCodes {
  const ordered = categories ?? [...new Set(labels)].sort(compareLabels);
  const codes = new Map(ordered.map((label, code) => [label, code]));
  const unusable = ordered.find((label) => typeof label === "number" && !Number.isFinite(label));
  if (codes.size !== ordered.length || unusable !== undefined) {
    throw new FellowshipError(
      "bad_input",
      "Expected labels that are texts or finite numbers, each once among the categories, " +
        `got ${JSON.stringify(ordered.map(String))}.`,
      { facts: { categories: ordered.map(String) } },
    );
  }
  function codeOf(label: Label): number {
    const code = codes.get(label);
    if (code !== undefined) return code;
    throw new FellowshipError(
      "bad_input",
      `Expected a label among ${JSON.stringify(ordered)}, got ${JSON.stringify(label)}. ` +
        "Correct the label or name it among the categories.",
      { facts: { label, categories: [...ordered] } },
    );
  }
  return { categories: ordered, codeOf };
}

function compareLabels(first: Label, second: Label): number {
  if (typeof first !== typeof second) return typeof first === "number" ? -1 : 1;
  return first < second ? -1 : 1;
}
