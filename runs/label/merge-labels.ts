import { basename, extname } from "node:path";
import type { PairLabel } from "../../datasets/rows/pair-row.ts";
import { isDrawnAtRandom } from "../../datasets/rows/drawn-at-random.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";
import { writeLabels, type PairLabels } from "./labels-file.ts";
import { createPeopleSentence } from "./people-sentence.ts";
import { pairKey, unnamedPerson, type PairToLabel } from "./pair-to-label.ts";

/** A file of labels that was read. */
export type LabelsFile = { readonly path: string; readonly pairs: readonly PairToLabel[] };

export type MergedLabels = {
  readonly pairs: number;
  /** Pairs that got a label, and those that two people or more judged. */
  readonly labelled: number;
  readonly shared: number;
  readonly people: readonly string[];
  /** How well people agree, in a sentence. */
  readonly agreement: string;
};

type Merged = {
  readonly pair: PairToLabel;
  readonly labels: Record<string, PairLabel>;
  draw: PairLabels["draw"];
};

/**
 * Merges files of labels of the same pairs into one: the pairs of the first file, then those that
 * only later ones hold, each with the labels of all. A `label` without a name is that of a person
 * with the file's name. Where two files hold different labels of a pair under one name, they are
 * those of two people. A pair that one file drew at random counts as drawn at random.
 *
 * @throws FellowshipError `bad_input` where no file has a label, `bad_usage` where `out` is there
 */
export async function mergeLabels(
  files: readonly LabelsFile[],
  { out, force }: { readonly out: string; readonly force: boolean },
): Promise<MergedLabels> {
  await refuseOverwrite(out, { force, option: "--out", inputs: files.map(({ path }) => path) });
  const merged = new Map<string, Merged>();
  for (const file of files) addFile(merged, file);
  const all = [...merged.values()];
  const labelled = all.filter(({ labels }) => Object.keys(labels).length > 0);
  if (labelled.length === 0) {
    const names = files.map(({ path }) => path).join(", ");
    throw new FellowshipError("bad_input", `${names}: expected pairs with labels, found none.`);
  }
  await writeLabels(
    out,
    all.map(({ pair }) => pair),
    all,
    `${out}.tmp`,
  );
  return {
    pairs: all.length,
    labelled: labelled.length,
    shared: labelled.filter(({ labels }) => Object.keys(labels).length > 1).length,
    people: [...new Set(labelled.flatMap(({ labels }) => Object.keys(labels)))].toSorted(),
    agreement: createPeopleSentence()(
      labelled.map(({ labels, pair }) => ({ labels, cluster: pair.cluster })),
    ),
  };
}

function addFile(merged: Map<string, Merged>, { path, pairs }: LabelsFile): void {
  const fileName = basename(path, extname(path));
  const times = new Map<string, number>();
  for (const pair of pairs) {
    // A pair that a file holds twice is there twice in the others, too.
    const time = (times.get(pair.key) ?? 0) + 1;
    times.set(pair.key, time);
    const exchanged = pairKey({ ...pair, a: pair.b, b: pair.a });
    const isExchanged = !merged.has(`${pair.key} ${time}`) && merged.has(`${exchanged} ${time}`);
    const name = `${isExchanged ? exchanged : pair.key} ${time}`;
    const known = merged.get(name) ?? { pair, labels: Object.create(null), draw: null };
    merged.set(name, known);
    for (const [person, given] of Object.entries(pair.given)) {
      const label = isExchanged ? otherSide(given) : given;
      addLabel(known.labels, person === unnamedPerson ? fileName : person, label, fileName);
    }
    if (Object.keys(pair.given).length === 0) continue;
    known.draw = known.draw === "random" || isDrawnAtRandom(pair.extra) ? "random" : "chosen";
  }
}

function addLabel(
  labels: Record<string, PairLabel>,
  person: string,
  label: PairLabel,
  fileName: string,
): void {
  const isAnother = labels[person] !== undefined && labels[person] !== label;
  labels[isAnother ? `${person} (${fileName})` : person] = label;
}

function otherSide(label: PairLabel): PairLabel {
  if (label === "tie") return label;
  return label === "a" ? "b" : "a";
}
