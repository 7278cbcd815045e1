import { dirname, join } from "node:path";
import { serveLabelPage, type ServedPage } from "../../label-page/serve-label-page.ts";
import type { LabelState } from "../../label-page/label-session.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { makeDirectory } from "../../storage/make-directory.ts";
import { storageFailed } from "../../storage/storage-failed.ts";
import { inspectInput } from "../input/inspect-input.ts";
import { readInput, type InputReading } from "../input/read-input.ts";
import { createAnswersReader, openLabelJournal, type AnswersByPerson } from "./label-journal.ts";
import { createLabelSession } from "./label-session.ts";
import { labelOrder } from "./label-order.ts";
import { openLabelledSet, peopleFolder } from "./labelled-set.ts";
import { labelsOfPairs, writeLabels } from "./labels-file.ts";
import { pairReader, type PairToLabel } from "./pair-to-label.ts";
import { teachingOrder } from "./teaching-order.ts";

export type LabelOptions = {
  /** The pairs: a file, or an address as for every input. */
  readonly input: string;
  readonly reading?: InputReading | undefined;
  /** The file of labels. */
  readonly file: string;
  readonly person: string;
  readonly seed?: string | undefined;
  /** A run that judged the pairs; then those that teach most follow the random ones. */
  readonly run?: string | undefined;
  /** With `run`: how many pairs are drawn at random first. */
  readonly random: number;
  readonly force: boolean;
  readonly port: number;
  /** Called with what went wrong while the page was in use. */
  readonly onProblem: (problem: string) => void;
};

export type Labelling = {
  /** Where the page is, with its token. */
  readonly address: string;
  /** Rows of the input that are no pairs, which are left out. */
  readonly unusable: readonly string[];
  readonly state: () => Promise<LabelState>;
  /** Ends the page, and gives the state at the end. */
  readonly stop: () => Promise<LabelState>;
};

/** A file this quickly written is waited for before an answer counts as taken. */
const patienceMs = 250;

/**
 * Opens the page on which one person judges the pairs of a file.
 *
 * @throws FellowshipError `bad_input` and `bad_usage` before anything is written;
 *   `directory_in_use` where the same person is judging already; `storage_failed`
 */
export async function label(options: LabelOptions): Promise<Labelling> {
  const { input, file, person, random, force } = options;
  const { pairs, unusable } = await readPairs(options);
  const seed = options.seed ?? "0";
  const { run } = options;
  const teaching = run === undefined ? undefined : await teachingOrder(run, pairs, seed);
  await makeDirectory(dirname(file)).catch((error: unknown) => {
    throw storageFailed("make", dirname(file), error);
  });
  const set = await openLabelledSet({ input, file, pairs, seed: options.seed, force });
  const journal = await openLabelJournal(peopleFolder(file), person);
  const readAnswers = createAnswersReader(peopleFolder(file));
  const temporary = join(journal.folder, "labels.tmp");
  const writer = createLabelsWriter({ file, pairs, readAnswers, temporary });
  const order = labelOrder({ pairs: pairs.length, seed: set.seed, teaching, random });
  const session = createLabelSession({
    person,
    seed: set.seed,
    pairs,
    order,
    random,
    journal,
    readAnswers,
    onAnswer: writer.soon,
  });
  let page: ServedPage;
  try {
    await writer.now();
    page = await serveLabelPage(session, options);
  } catch (error) {
    await journal.close();
    throw error;
  }
  return {
    address: page.address,
    unusable,
    state: session.state,
    async stop() {
      await page.stop();
      const state = await session.state();
      await writer.now();
      await journal.close();
      return state;
    },
  };
}

/** Reads the pairs of an input; rows that are none are named. */
export async function readPairs({ input, reading }: Pick<LabelOptions, "input" | "reading">) {
  await inspectInput(pairReader, { input, reading });
  const pairs: PairToLabel[] = [];
  const unusable: string[] = [];
  for await (const record of readInput({ input, reading })) {
    const read = pairReader.toRow(record);
    if (read.ok) pairs.push(read.row);
    else unusable.push(read.detail);
  }
  return { pairs, unusable };
}

type WriterParts = {
  readonly file: string;
  readonly pairs: readonly PairToLabel[];
  readonly readAnswers: () => Promise<AnswersByPerson>;
  readonly temporary: string;
};

/**
 * Writes the file of labels, one time after the other. Several processes may write it: each looks
 * afterwards whether there are answers that it did not know, and writes the file again, so that
 * the last one holds them all.
 */
function createLabelsWriter({ file, pairs, readAnswers, temporary }: WriterParts) {
  let isWanted = false;
  let working: Promise<void> | null = null;

  async function work(): Promise<void> {
    let written = -1;
    for (let answers = await readAnswers(); ; answers = await readAnswers()) {
      const count = [...answers.values()].flat().length;
      if (count === written && !isWanted) return;
      isWanted = false;
      written = count;
      await writeLabels(file, pairs, labelsOfPairs(pairs, answers), temporary);
    }
  }

  function begin(): Promise<void> {
    isWanted = true;
    working ??= work().finally(() => (working = null));
    return working;
  }

  return {
    /** Resolves when the file is written, or soon where it is large. */
    async soon(this: void): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs);
      });
      await Promise.race([begin(), patience]).finally(() => clearTimeout(timer));
    },
    /** Resolves when the file is written. */
    now: begin,
  };
}

/** @throws FellowshipError `bad_usage` for a name that can't stand in a file of labels */
export function checkPerson(name: string | undefined): string {
  const person = name?.normalize("NFC").trim() ?? "";
  if (person === "") {
    throw new FellowshipError("bad_usage", "--person NAME is missing: whose labels are they?");
  }
  if (person.length > 80 || /\p{C}/u.test(person)) {
    throw new FellowshipError(
      "bad_usage",
      "--person: expected a name of at most 80 visible characters, got another text.",
    );
  }
  return person;
}
