import * as z from "zod";
import type { ShownText } from "../../label-page/shown-pair.ts";

/** A pair as an annotation tool shows it. */
export type Task = {
  /** Names the pair and its first response; comes back with the answers. */
  readonly reference: string;
  readonly prompt: string;
  readonly a: string;
  readonly b: string;
};

/** A person's answer to a task, in terms of the sides that were shown. */
export type ToolAnswer = {
  readonly reference: string;
  readonly person: string;
  readonly answer: "a" | "b" | "tie";
};

export type AnnotationTool = {
  readonly name: string;
  /** A task as an element of the JSON array that the tool imports. */
  readonly task: (task: Task) => object;
  /** The answers of an element of the JSON array that the tool exports; none for another shape. */
  readonly answers: (element: unknown) => readonly ToolAnswer[];
  /** How to set the tool up, in one sentence. */
  readonly advice: string;
};

/** Words of answers: those of our tasks, and those of the pairwise tag of Label Studio. */
const words: ReadonlyMap<string, ToolAnswer["answer"]> = new Map([
  ["a", "a"],
  ["left", "a"],
  ["b", "b"],
  ["right", "b"],
  ["tie", "tie"],
]);

function answerOf(word: unknown): ToolAnswer["answer"] | null {
  return (typeof word === "string" ? words.get(word.trim().toLowerCase()) : undefined) ?? null;
}

const ArgillaRecord = z.object({
  id: z.string(),
  responses: z.record(
    z.string(),
    z.array(
      z.object({ value: z.unknown(), user_id: z.string().nullish(), status: z.string().nullish() }),
    ),
  ),
});

/** Argilla 2: the records of `rg.Dataset.records.to_json` and `from_json`. */
const argilla: AnnotationTool = {
  name: "argilla",
  task: ({ reference, prompt, a, b }) => ({ id: reference, fields: { prompt, a, b } }),
  answers(element) {
    const { data: record } = ArgillaRecord.safeParse(element);
    return Object.values(record?.responses ?? {})
      .flat()
      .flatMap(({ value, user_id, status }) => {
        const answer = answerOf(value);
        if (answer === null || (status ?? "submitted") !== "submitted") return [];
        return [{ reference: record?.id ?? "", person: user_id ?? "argilla", answer }];
      });
  },
  advice:
    "Make a dataset with the text fields prompt, a and b and a label question with the labels " +
    "a, b and tie, and read the file with dataset.records.from_json.",
};

const Person = z.union([
  z.number().transform((id) => `user-${id}`),
  z.string(),
  z
    .object({ id: z.number(), email: z.string().nullish() })
    .transform(({ id, email }) => email ?? `user-${id}`),
]);
const StudioTask = z.object({
  data: z.object({ pair: z.string() }),
  annotations: z.array(
    z.object({
      completed_by: Person.nullish(),
      was_cancelled: z.boolean().nullish(),
      result: z.array(
        z.object({
          value: z.object({
            choices: z.array(z.string()).optional(),
            selected: z.string().optional(),
          }),
        }),
      ),
    }),
  ),
});

/** Label Studio: tasks and annotations in its JSON format, not JSON-MIN. */
const labelStudio: AnnotationTool = {
  name: "label-studio",
  task: ({ reference, prompt, a, b }) => ({ data: { pair: reference, prompt, a, b } }),
  answers(element) {
    const { data: task } = StudioTask.safeParse(element);
    return (task?.annotations ?? []).flatMap(({ completed_by, was_cancelled, result }) => {
      const [answer] = result.flatMap(
        ({ value }) => answerOf(value.choices?.[0] ?? value.selected) ?? [],
      );
      if (answer === undefined || was_cancelled === true) return [];
      return [{ reference: task?.data.pair ?? "", person: completed_by ?? "label-studio", answer }];
    });
  },
  advice:
    "Import the file into a project whose labelling interface shows $prompt, $a and $b and has " +
    "single choices a, b and tie (docs/labelling.md), and export it as JSON.",
};

export const annotationTools: readonly AnnotationTool[] = [argilla, labelStudio];

/** Texts as one, each under its speaker where it has one. */
export function joinedTexts(texts: readonly ShownText[]): string {
  const [only] = texts;
  if (texts.length === 1 && (only?.name === "" || only?.name === "user")) return only.text;
  return texts.map(({ name, text }) => `[${name}]\n${text}`).join("\n\n");
}
