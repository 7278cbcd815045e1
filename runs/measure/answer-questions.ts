import { join } from "node:path";
import { isFields } from "../../datasets/read/row-value.ts";
import { shippedRoot } from "../../state/package-root.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { CommandOptions } from "../command-options.ts";
import { generate } from "../generate/generate.ts";
import { readInput } from "../input/read-input.ts";
import type { Stages } from "../study/stages.ts";
import type { Answers, Question } from "./benchmark-files.ts";

/** The options of the answering model: the preset with its answer at temperature 0. */
export function answeringOptions(spec: string, { sets = [] }: CommandOptions) {
  const own = sets.filter((set) => set.startsWith("agents.generator."));
  return { models: [spec], sets: own, reading: undefined, defaults: undefined };
}

/** The topology that answers: one generator, which gets the measured model. */
export function answeringTopology(): string {
  return join(shippedRoot, "topologies", "single.yaml");
}

/** What the model is asked in a turn, after its own answers before; null where one is missing. */
export function turnPrompt({ key, turns }: Question, answers: readonly string[], turn: number) {
  if (answers.length < turn) return null;
  const messages = turns.slice(0, turn + 1).flatMap((asked, at) => {
    const answer = answers[at];
    const user = { role: "user", content: asked };
    return at === turn || answer === undefined
      ? [user]
      : [user, { role: "assistant", content: answer }];
  });
  return { id: key.slice(0, 80), messages };
}

/**
 * Lets a model answer all questions, one stage for each turn; a question whose answer failed is
 * asked no further turn. Null where the run stopped.
 *
 * @param folder Where its stages and their inputs are, below the directory.
 */
export async function answerQuestions(
  questions: readonly Question[],
  { spec, folder }: { readonly spec: string; readonly folder: string },
  options: CommandOptions,
  stages: Stages,
): Promise<Answers | null> {
  const answers = new Map<string, string[]>(questions.map(({ key }) => [key, []]));
  const turns = Math.max(...questions.map((question) => question.turns.length));
  for (let turn = 0; turn < turns; turn += 1) {
    const asked = questions.flatMap((question) => {
      const prompt =
        turn < question.turns.length
          ? turnPrompt(question, answers.get(question.key) ?? [], turn)
          : null;
      return prompt === null ? [] : [{ question, prompt }];
    });
    if (asked.length === 0) break;
    const stage = `${folder}-turn-${turn + 1}`;
    const input = join(options.directory, "inputs", `${stage}.jsonl`);
    await replaceFile(input, asked.map(({ prompt }) => `${JSON.stringify(prompt)}\n`).join(""));
    const own = { ...answeringOptions(spec, options), input, limit: asked.length };
    const end = await stages.run(stage, own, (given) => generate(answeringTopology(), given));
    if (end === null) return null;
    const texts = await readResponses(join(options.directory, stage, "rows.jsonl"));
    for (const [at, { question }] of asked.entries()) {
      const text = texts.get(at + 1);
      if (text !== undefined) answers.get(question.key)?.push(text);
    }
  }
  return { name: spec, byKey: answers };
}

/** The responses of a run by row. */
async function readResponses(path: string): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  for await (const record of readInput({ input: path })) {
    if (!("value" in record) || !isFields(record.value)) continue;
    const { row, responses } = record.value;
    const [response] = Array.isArray(responses) ? responses : [];
    if (typeof row === "number" && isFields(response) && typeof response["text"] === "string") {
      texts.set(row, response["text"]);
    }
  }
  return texts;
}
