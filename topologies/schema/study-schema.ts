import * as z from "zod";
import { section } from "./agent-schema.ts";
import { graphName } from "./shared-keys.ts";

const planned = section({
  file: z
    .string()
    .min(1)
    .describe("A topology file, relative to the plan, or the name of a preset")
    .meta({ examples: ["judge.yaml"] }),
});

const input = z.string().min(1).describe("A file of prompts, relative to the plan");
const limit = z.int().min(1).optional().describe("Rows of the input at most");

/** The plan of a study: `graph: study` (contract section 4). */
export const studySchema = section({
  graph: graphName("study"),
  evaluators: z.array(planned).min(1).describe("Of which one is chosen"),
  labelled: z
    .string()
    .min(1)
    .describe("Pairs with people's labels, by which the evaluator is chosen"),
  generators: z.array(planned).min(1).describe("Of which one is chosen"),
  baselines: z
    .array(planned)
    .default([])
    .describe("Compared with the generators, and never chosen"),
  study: section({ input, limit }).describe("The prompts by which the generator is chosen"),
  produce: section({ input, limit }).describe("The prompts of the data set"),
  choose: section({
    evaluator: z.string().min(1).optional().describe("An evaluator's topology file"),
    generator: z.string().min(1).optional().describe("A generator's topology file"),
  })
    .default({})
    .describe("Choices made beforehand; the study still measures"),
  equalTokens: z
    .boolean()
    .default(true)
    .describe(
      "true: a single model with the same tokens stands beside every multi-agent generator",
    ),
}).meta({
  id: "study",
  description: "A study: chooses the evaluator and the generator, then makes the data set",
});
