import { shownPair } from "../../label-page/shown-pair.ts";
import { readRecords } from "../../datasets/read/read-records.ts";
import type { PairLabel } from "../../datasets/rows/pair-row.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { annotationTools, joinedTexts, type AnnotationTool } from "./annotation-tools.ts";
import { isExchanged, labelOrder } from "./label-order.ts";
import { writeLabels, type PairLabels } from "./labels-file.ts";
import type { PairToLabel } from "./pair-to-label.ts";

export type ExchangeOptions = {
  /** The file of the pairs. */
  readonly input: string;
  readonly pairs: readonly PairToLabel[];
  /** `argilla` or `label-studio`. */
  readonly tool: string;
  readonly seed: string;
  readonly force: boolean;
};

/**
 * Writes the pairs as the tasks of an annotation tool: blind, in a random order and on drawn sides.
 *
 * @returns how to set the tool up
 */
export async function exportTasks(
  file: string,
  { input, pairs, tool, seed, force }: ExchangeOptions,
): Promise<string> {
  const { task, advice } = toolOf(tool, "--to");
  await refuseOverwrite(file, { force, option: "--file", inputs: [input] });
  const tasks = labelOrder({ pairs: pairs.length, seed, random: pairs.length }).map((one) => {
    const pair = pairs[one.pair]!;
    const exchanged = isExchanged(seed, tool, pair.number);
    const { prompt, a, b } = shownPair(pair, exchanged);
    const reference = `${pair.number}-${exchanged ? "b" : "a"}-${pair.key}`;
    return task({ reference, prompt: joinedTexts(prompt), a: joinedTexts(a), b: joinedTexts(b) });
  });
  await replaceFile(file, `[\n${tasks.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
  return advice;
}

export type ImportedLabels = {
  /** Pairs that got a label. */
  readonly labelled: number;
  readonly people: readonly string[];
  /** Answers about none of the pairs. */
  readonly foreign: number;
};

/**
 * Writes a file of labels from the export of an annotation tool.
 *
 * @param exported The tool's file, a JSON array or JSON lines.
 * @throws FellowshipError `bad_input` where it holds no answer about any of the pairs
 */
export async function importLabels(
  exported: string,
  file: string,
  { input, pairs, tool, force }: ExchangeOptions,
): Promise<ImportedLabels> {
  const { name, answers } = toolOf(tool, "--from");
  await refuseOverwrite(file, { force, option: "--out", inputs: [input, exported] });
  const byKey = new Map(pairs.map((pair, index) => [`${pair.number} ${pair.key}`, index]));
  const said = pairs.map((): Record<string, PairLabel> => Object.create(null));
  const people = new Set<string>();
  let foreign = 0;
  for await (const record of readRecords(exported)) {
    for (const { reference, person, answer } of "value" in record ? answers(record.value) : []) {
      const [, number = "", first = "", key = ""] = /^(\d+)-([ab])-(.+)$/.exec(reference) ?? [];
      const labels = said[byKey.get(`${number} ${key}`) ?? -1];
      if (labels === undefined) foreign += 1;
      else {
        people.add(person);
        labels[person] =
          answer === "tie" ? "tie" : (answer === "a") === (first === "a") ? "a" : "b";
      }
    }
  }
  if (people.size === 0) {
    throw new FellowshipError(
      "bad_input",
      `${exported}: expected answers of ${name} to the tasks of --to ${name}, found none about ` +
        `these pairs${foreign === 0 ? "" : ` (${foreign} about others)`}.`,
      { facts: { path: exported, foreign } },
    );
  }
  const labels = said.map((own, index): PairLabels => {
    const draw = Object.keys(own).length === 0 ? null : "random";
    return { labels: Object.assign(Object.create(null), pairs[index]!.given, own), draw };
  });
  await writeLabels(file, pairs, labels, `${file}.tmp`);
  const labelled = labels.filter(({ draw }) => draw !== null).length;
  return { labelled, people: [...people].sort(), foreign };
}

function toolOf(name: string, option: string): AnnotationTool {
  const tool = annotationTools.find((one) => one.name === name);
  if (tool !== undefined) return tool;
  const known = annotationTools.map((one) => one.name).join(" or ");
  throw new FellowshipError("bad_usage", `${option}: expected ${known}, got ${name}.`);
}
