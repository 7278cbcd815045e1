import * as z from "zod";
import { section } from "./agent-schema.ts";

/**
 * Steps of a topology at most. Each may name files, so a longer list is refused before they are
 * read.
 */
export const mostSteps = 8;

/** The key that distinguishes topologies. */
export function graphName<const Name extends string>(name: Name) {
  return z.literal(name).describe("Which graph runs");
}

/** The section `agents`. */
export function participants<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return section(shape).describe("Who takes part");
}

/**
 * A rule across keys for editors, which can't run the check: a key has such a value or is left out,
 * or else the rest holds.
 */
export function unless(key: string, value: object, rest: object) {
  return { anyOf: [{ properties: { [key]: value } }, rest] };
}

export const strategy = z
  .enum(["direct", "independent", "combined"])
  .default("combined")
  .describe(
    "direct: which is better | independent: each is scored alone | combined: both are " +
      "scored in one call",
  );

export const scale = z.literal([5, 10, 100]).default(10).describe("The highest score");

export const orders = z
  .enum(["ab", "both"])
  .default("ab")
  .describe("both: asks again with the responses swapped and merges the two verdicts");

/** How an evaluator's verdicts are read. */
export const reading = {
  onUnparsed: z
    .enum(["tie", "fail"])
    .default("tie")
    .describe("What a verdict or vote becomes that stays unreadable after the re-asks"),
  reasks: z
    .int()
    .min(0)
    .max(10)
    .default(1)
    .describe("How often an unreadable verdict is asked for again, in the same conversation"),
  reading: z
    .enum(["strict", "first"])
    .default("strict")
    .describe(
      "strict: own verdicts that differ are unreadable | first: the first counts, for " +
        "published recordings",
    ),
};

/** The same for judges, whose prompts may ask for verdicts in another form. */
export const judgeReading = {
  ...reading,
  reading: z
    .enum(["strict", "first", "letter", "brackets", "json"])
    .default("strict")
    .describe(
      'strict: own verdicts that differ are unreadable | first: the first counts, for published recordings | letter, brackets, json: as a custom judge prompt asks for them, such as A, [[A]] or {"winner": "A"}',
    ),
};

/** What a way of writing verdicts can't hold, for a message; null where it can. */
export function unreadableWriting(
  strategy: "direct" | "independent" | "combined",
  rule: z.infer<typeof judgeReading.reading>,
): string | null {
  if (rule === "letter" && strategy !== "direct") return "letter needs strategy: direct";
  if (rule === "brackets" && strategy === "combined")
    return "brackets hold one value: they need strategy: direct or independent";
  return null;
}

/** The column of a row's reference answer. */
export const referenceColumn = z
  .string()
  .min(1)
  .default("reference")
  .describe("The column that holds a row's reference answer");

const criterion = section({
  name: z.string().min(1).describe("The aspect, in a word or two"),
  weight: z.number().positive().default(1).describe("How much it counts"),
  description: z.string().min(1).optional().describe("The meaning of the name, in a sentence"),
});

/** Examples of a topology at most: every verdict pays for all of them. */
const mostExamples = 20;
const longestGuideline = 1000;

const judgedExample = section({
  prompt: z.string().describe("The request"),
  a: z.string().describe("The first response"),
  b: z.string().describe("The second response"),
  label: z.enum(["a", "b", "tie"]).describe("The people's verdict"),
}).meta({ id: "judgedExample", description: "A pair that people judged" });

/** What judges are shown beside the request and the responses. */
export const judgingContext = {
  criteria: z
    .array(
      z
        .preprocess((given) => (typeof given === "string" ? { name: given } : given), criterion)
        .meta({
          id: "criterion",
          description: "An aspect, as a text or with its weight",
        }),
    )
    .default([])
    .describe("Aspects that the judges are told to weigh, with their weights"),
  reference: referenceColumn,
  examples: z
    .array(judgedExample)
    .max(mostExamples)
    .optional()
    .describe("Pairs that people judged, shown to the judges as examples"),
  guidelines: z
    .array(z.string().min(1).max(longestGuideline))
    .max(mostExamples)
    .optional()
    .describe("Rules by which people decide, which the judges are told to apply"),
};

/** The settings of an evaluator that Studio lets a run change: how its judges are asked. */
export const askingKeys = ["strategy", "scale", "orders", "reasks"] as const;

export const pairs = z
  .enum(["comparisons", "best-first"])
  .default("comparisons")
  .describe(
    "comparisons: a pair for every decided comparison | best-first: the best against the " +
      "first response",
  );

export const conversation = section({
  window: z.int().min(0).default(2).describe("Earlier exchanges shown with an answer"),
  maxTurns: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("Answers improved at most; null: until the conversation holds maxTokens tokens"),
  maxTokens: z
    .int()
    .min(1)
    .default(2048)
    .describe("Without maxTurns, the conversation is improved until it holds so many"),
})
  .prefault({})
  .describe("Multi-turn data");

/** The section `conversation` of a topology that improves answers. */
export type ConversationTopology = z.infer<typeof conversation>;

/**
 * Lets any member of a union of topologies be given as `file: NAME` too; the loader puts the file's
 * topology in its place.
 *
 * @param beside The keys that may be given beside the file.
 */
export function inlineOrFile<Union extends z.ZodType>(
  union: Union,
  about: { readonly id: string; readonly description: string },
  beside: Readonly<Record<string, z.ZodType>> = {},
): Union {
  return union.meta({ ...about, [includable]: beside });
}

const includable = "includable";

/**
 * Takes the mark of `inlineOrFile` from a JSON schema: the schemas of the keys that may be given
 * beside the file; null where there was no mark.
 */
export function takeIncludable(
  jsonSchema: Record<string, unknown>,
): Readonly<Record<string, z.ZodType>> | null {
  const beside = jsonSchema[includable];
  delete jsonSchema[includable];
  return beside === undefined ? null : (beside as Readonly<Record<string, z.ZodType>>);
}
