import * as z from "zod";
import type { builtInChecks } from "../../nodes/checks/built-in-checks.ts";
import { schemaProblem } from "../../nodes/checks/json-validator.ts";
import { languages } from "../../nodes/checks/languages.ts";
import { patternProblem } from "../../nodes/checks/linear-pattern.ts";
import { agentName, agentShape, section } from "./agent-schema.ts";

/** A pattern that hangs no run (`linearPattern`). */
const pattern = z.string().superRefine((source, context) => {
  const message = patternProblem(source);
  if (message !== null) context.addIssue({ code: "custom", message });
});

const phrase = z.string().min(1);
const phrases = z.union([phrase, z.array(phrase).min(1)]);

const jsonSchema = z.record(z.string(), z.unknown()).superRefine((schema, context) => {
  const message = schemaProblem(schema);
  if (message !== null) context.addIssue({ code: "custom", message });
});

const count = z.int().min(0);

/** The keys of which a check has one. */
const kinds = {
  matches: pattern.describe("A regular expression (RE2's syntax) that the response matches"),
  doesNotMatch: pattern.describe("A regular expression (RE2's syntax) that it does not match"),
  contains: phrases.describe("Words or phrases that it holds, all of them, in any case"),
  avoids: phrases.describe("Words or phrases of which it holds none, in any case"),
  json: z
    .union([z.literal(true), jsonSchema])
    .describe("true: it is JSON and nothing else | a JSON Schema (draft 7) that it conforms to"),
  wordsAtMost: count.describe("Words that it has at most"),
  wordsAtLeast: count.describe("Words that it has at least"),
  charactersAtMost: count.describe("Characters that it has at most"),
  charactersAtLeast: count.describe("Characters that it has at least"),
  language: z
    .enum(languages)
    .describe("The language that it is written in, by its two letters (ISO 639-1)"),
  equals: z
    .literal("reference")
    .describe("reference: it is the row's reference answer, up to white space at its ends"),
  node: agentShape.node.unwrap().meta({
    description:
      "Custom code: a module, relative to this file, and the function that it exports; runs " +
      "only with --allow-code",
    examples: ["./check.ts#check"],
  }),
} satisfies Record<keyof typeof builtInChecks | "node", z.ZodType>;

export type CheckKind = keyof typeof kinds;
export const checkKinds = Object.keys(kinds) as CheckKind[];

const names = checkKinds.join(", ");

/** One check, by the one key that says what it checks. */
export const checkTopology = section({
  ...z.object(kinds).partial().shape,
  weight: z.number().positive().default(1).describe("How much the check counts"),
  name: agentName.optional().describe("The name of its votes; its kind where not given"),
  timeoutMs: agentShape.timeoutMs.describe(
    "The longest that custom code may take, in milliseconds (600000); a day at most",
  ),
})
  .superRefine((check, context) => {
    const given = checkKinds.filter((kind) => check[kind] !== undefined);
    if (given.length === 1) return;
    const got = given.length === 0 ? "none of them" : given.join(" and ");
    context.addIssue({ code: "custom", message: `expected one of ${names}; got ${got}` });
  })
  .meta({
    id: "check",
    description: "A check of a response by code",
    oneOf: checkKinds.map((kind) => ({ required: [kind] })),
  });
export type CheckTopology = z.infer<typeof checkTopology>;

/** The kind of a check that has been parsed. */
export function kindOfCheck(check: CheckTopology): CheckKind {
  const kind = checkKinds.find((one) => check[one] !== undefined);
  if (kind === undefined) throw new Error("a check without a kind was let through");
  return kind;
}
