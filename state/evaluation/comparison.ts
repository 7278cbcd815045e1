import * as z from "zod";
import { Verdict } from "../verdict.ts";

/** Which two responses of a row are compared, and how they are shown. */
export const Contest = z.object({
  round: z.number().int().positive(),
  /** Begins the part of the evaluator's calls, `round-2`, `round-3` … */
  part: z.string(),
  /** Indices into the row's responses. */
  incumbent: z.number().int().nonnegative(),
  challenger: z.number().int().nonnegative(),
  /** The side on which the incumbent is shown. */
  incumbentIs: z.enum(["a", "b"]),
  /** Between revisions of one round (a branching loop), not against the best so far. */
  siblings: z.boolean(),
});
export type Contest = z.infer<typeof Contest>;

/** A decided contest. */
export const Comparison = Contest.extend({
  /** The index of the response that won; null where neither did. */
  won: z.number().int().nonnegative().nullable(),
  verdict: Verdict,
  /** The challenger had to be better: a tie keeps the incumbent (CoEvol in a chain). */
  strict: z.literal(true).optional(),
});
export type Comparison = z.infer<typeof Comparison>;
