import { createHash } from "node:crypto";
import type { Candidate } from "../../datasets/gates/gate.ts";
import { isDrawnAtRandom } from "../../datasets/rows/drawn-at-random.ts";
import { toPairRow, type PairRow } from "../../datasets/rows/pair-row.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { Message } from "../../state/message.ts";
import { plainForm } from "../../state/same-text.ts";
import { readInput } from "../input/read-input.ts";

/** What people said of pairs, found by prompt and responses, whichever side these stood on. */
export type PeopleLabels = {
  /** The text that people prefer in its plain form, or `tie`; undefined for an unlabelled pair. */
  readonly labelOf: (
    pair: Pick<Candidate, "prompt" | "responses">,
  ) => Exclude<Candidate["label"], undefined> | undefined;
};

/**
 * Reads people's labels: pairs with `label` or `labels`, as `fellowship label` writes them. Rows
 * without a label say nothing, and a pair in several rows with different labels is a tie. A row
 * that says it was not drawn at random (`drawn`) is left out: a certificate needs a random draw.
 *
 * @throws FellowshipError `bad_input` for a file that can't be read, or holds no labelled pair
 */
export async function readPeopleLabels(path: string): Promise<PeopleLabels> {
  const preferred = new Map<string, string | null>();
  for await (const record of readInput({ input: path })) {
    const read = toPairRow(record);
    if (!read.ok || !isRandomLabel(read.row)) continue;
    const { label, messages, a, b } = read.row;
    const key = keyOf(messages, [a.text, b.text]);
    const said = label === "tie" ? null : plainForm(label === "a" ? a.text : b.text);
    const before = preferred.get(key);
    preferred.set(key, before === undefined || before === said ? said : null);
  }
  if (preferred.size === 0) {
    throw new FellowshipError(
      "bad_input",
      `--labels ${path}: expected pairs with people's labels ("labels": {"NAME": "a", "b" ` +
        'or "tie"}), found none.',
      { facts: { path } },
    );
  }
  return {
    labelOf({ prompt, responses }) {
      const [chosen, rejected] = responses;
      if (rejected === undefined) return undefined;
      const said = preferred.get(keyOf(prompt, [chosen, rejected]));
      if (said === undefined) return undefined;
      if (said === null) return "tie";
      return said === plainForm(chosen) ? "chosen" : "rejected";
    },
  };
}

/** The label of a row of `chosen` and `rejected` is the data's, not a person's. */
function isRandomLabel({ label, labels, taken, extra }: PairRow): boolean {
  if (label === undefined || (taken !== undefined && labels === undefined)) return false;
  return isDrawnAtRandom(extra);
}

function keyOf(prompt: readonly Message[], responses: readonly string[]): string {
  const asked = prompt.map(({ role, content }) => [role, plainForm(content)]);
  const texts = responses.map(plainForm).toSorted();
  return createHash("sha256")
    .update(JSON.stringify([asked, texts]))
    .digest("base64url");
}
