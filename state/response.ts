import * as z from "zod";

/** A response of a generator topology. */
export const Response = z.object({
  /** From 1; in `single` with samples, the sample's number; in a pool, the response's. */
  round: z.number().int().positive(),
  text: z.string(),
  /** In a branching loop, the reviewer from whose feedback this revision was made. */
  reviewer: z.string().optional(),
  /** True of the response that a graph was given to improve and has not written. */
  given: z.literal(true).optional(),
  /** In a chain, the step that wrote it, from the second on. */
  step: z.number().int().min(2).optional(),
  /** In a chain or a pool, who wrote it; absent where the generator did that began the row. */
  agent: z.string().optional(),
  /** In a pool, how good it was found beside the others (`standings`); absent without a verdict. */
  rating: z.number().optional(),
  /** In a pool, the mean of its scores, on the evaluator's scale; absent without any. */
  score: z.number().optional(),
  /** In a chain, what CoEvol's advisor told its writer. */
  suggestions: z.array(z.string()).optional(),
});
export type Response = z.infer<typeof Response>;

/** A reviewer's reading of a response. */
export const Review = z.object({
  reviewer: z.string(),
  round: z.number().int().positive(),
  /** The review as it was written. */
  text: z.string(),
  evaluation: z.string(),
  /** Out of 10, one decimal; null where none could be read. */
  score: z.number().nullable(),
  feedback: z.string(),
  /** In a chain, the step in which it was written, from the second on. */
  step: z.number().int().min(2).optional(),
});
export type Review = z.infer<typeof Review>;
