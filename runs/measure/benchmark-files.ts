import type { InputRecord } from "../../datasets/read/read-records.ts";
import { isFields } from "../../datasets/read/row-value.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { CommandOptions } from "../command-options.ts";
import { readInput } from "../input/read-input.ts";

export type MeasureStyle = "mt-bench" | "alpaca-eval";

/** A question of a benchmark. */
export type Question = {
  /** FastChat's `question_id`, or AlpacaEval's instruction. */
  readonly key: string;
  /** FastChat's category or AlpacaEval's data set; null where the file has none. */
  readonly category: string | null;
  /** What the user says, one after the other. */
  readonly turns: readonly string[];
  /** Correct answers by turn; null where there are none. */
  readonly references: readonly string[] | null;
};

/** A model's answers, or a baseline's, by question. */
export type Answers = {
  readonly name: string;
  readonly byKey: ReadonlyMap<string, readonly string[]>;
};

type Fields = Readonly<Record<string, unknown>>;

/** Categories in which FastChat grades beside a reference answer. */
const withReference = new Set(["math", "reasoning", "coding"]);

/**
 * Reads FastChat's `question.jsonl` or AlpacaEval's JSON.
 *
 * @throws FellowshipError `bad_input` naming the line: no or too few turns, a question twice
 */
export async function readQuestions(
  path: string,
  style: MeasureStyle,
  { limit = Infinity, reading }: Pick<CommandOptions, "limit" | "reading">,
): Promise<Question[]> {
  const questions = new Map<string, Question>();
  for await (const record of readInput({ input: path, reading })) {
    const { fields, place } = fieldsOf(record, path);
    const question =
      style === "mt-bench" ? fastChatQuestion(fields, place) : alpacaQuestion(fields, place);
    if (questions.has(question.key))
      throw bad(place, `${shown(question.key)} is in the file twice`);
    if (questions.size < limit) questions.set(question.key, question);
  }
  if (questions.size === 0) {
    const chosen = limit === Infinity && reading === undefined ? "" : " that the options choose";
    throw bad(path, `expected questions, found none${chosen}`);
  }
  return [...questions.values()];
}

function fastChatQuestion(
  { question_id, category, turns, reference }: Fields,
  place: string,
): Question {
  if (typeof question_id !== "number" && typeof question_id !== "string") {
    throw bad(place, "question_id: expected a number or text, as in FastChat's question.jsonl");
  }
  const key = String(question_id);
  const read = textsOf(turns);
  if (read === null || read.length !== 2 || read.some((turn) => turn.trim() === "")) {
    const found = read === null ? "none" : `${read.length}`;
    throw bad(place, `${shown(key)}: turns: expected two texts, found ${found}`);
  }
  return {
    key,
    category: typeof category === "string" ? category : null,
    turns: read,
    references: textsOf(reference),
  };
}

function alpacaQuestion({ instruction, dataset }: Fields, place: string): Question {
  if (typeof instruction !== "string" || instruction.trim() === "") {
    throw bad(place, "instruction: expected text, as in AlpacaEval's JSON");
  }
  const category = typeof dataset === "string" ? dataset : null;
  return { key: instruction, category, turns: [instruction], references: null };
}

/**
 * Reads answers in FastChat's `model_answer` and `reference_answer` format, or AlpacaEval's outputs.
 *
 * @param questions Those that must be answered in full; others are passed over.
 * @throws FellowshipError `bad_input` naming the place: an answer missing, twice or too short
 */
export async function readAnswers(
  path: string,
  style: MeasureStyle,
  questions: readonly Question[],
): Promise<Answers> {
  const { name, byKey } = await readAnswerFile(path, style);
  const missing = questions.filter(({ key }) => !byKey.has(key));
  const [first] = missing;
  if (first !== undefined) {
    const more = missing.length === 1 ? "" : ` (and ${missing.length - 1} more)`;
    throw bad(path, `no answer to ${shown(first.key)}${more}; expected one to each question`);
  }
  for (const { key, turns } of questions) {
    const own = byKey.get(key) ?? [];
    if (own.length < turns.length) {
      throw bad(
        path,
        `${shown(key)}: expected answers to ${turns.length} turns, found ${own.length}`,
      );
    }
  }
  return { name, byKey };
}

/**
 * Adds the reference answers of a file to the questions.
 *
 * @throws FellowshipError `bad_input` for a question of maths, reasoning or coding without one
 */
export async function withReferences(
  questions: readonly Question[],
  path: string | undefined,
): Promise<Question[]> {
  if (path === undefined) return [...questions];
  const { byKey } = await readAnswerFile(path, "mt-bench");
  return questions.map((question) => {
    const { key, category } = question;
    const references = byKey.get(key) ?? question.references;
    if (references === null && withReference.has(category ?? "")) {
      throw bad(path, `no reference answer to ${shown(key)}, whose category is ${category}`);
    }
    return { ...question, references };
  });
}

async function readAnswerFile(path: string, style: MeasureStyle): Promise<Answers> {
  const byKey = new Map<string, readonly string[]>();
  let name = "";
  for await (const record of readInput({ input: path })) {
    const { fields, place } = fieldsOf(record, path);
    const answer =
      style === "mt-bench" ? fastChatAnswer(fields, place) : alpacaAnswer(fields, place);
    if (byKey.has(answer.key)) throw bad(place, `${shown(answer.key)} is answered twice`);
    byKey.set(answer.key, answer.turns);
    if (name === "") name = answer.model;
  }
  return { name, byKey };
}

function fastChatAnswer({ question_id, model_id, choices }: Fields, place: string) {
  const [choice] = Array.isArray(choices) ? choices : [];
  const turns = isFields(choice) ? textsOf(choice["turns"]) : null;
  if ((typeof question_id !== "number" && typeof question_id !== "string") || turns === null) {
    const expected = 'expected {"question_id", "model_id", "choices": [{"turns": [texts]}]}';
    throw bad(place, `${expected}, as in FastChat's model_answer`);
  }
  return { key: String(question_id), model: typeof model_id === "string" ? model_id : "", turns };
}

function alpacaAnswer({ instruction, output, generator }: Fields, place: string) {
  if (typeof instruction !== "string" || typeof output !== "string") {
    throw bad(
      place,
      'expected {"instruction", "output", "generator"}, as in AlpacaEval\'s outputs',
    );
  }
  const model = typeof generator === "string" ? generator : "";
  return { key: instruction, model, turns: [output] };
}

function textsOf(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  return value.every((one) => typeof one === "string") ? value : null;
}

function fieldsOf(record: InputRecord, path: string): { fields: Fields; place: string } {
  const place = `${path}, ${record.place}`;
  if (!("value" in record)) throw bad(place, record.problem);
  if (!isFields(record.value)) throw bad(place, "expected an object");
  return { fields: record.value, place };
}

function shown(key: string): string {
  return /^\d+$/.test(key) ? `question ${key}` : `question ${JSON.stringify(key.slice(0, 60))}`;
}

function bad(place: string, problem: string): FellowshipError {
  return new FellowshipError("bad_input", `${place}: ${problem}.`, { facts: { place } });
}
