import * as z from "zod";

/**
 * Which row of the input a call belongs to. `number` (1-based place in the input) is the key; `id`
 * is a label that may repeat, and `occurrence` (from 1) distinguishes rows of the same id in a
 * cassette.
 */
export const RowAddress = z.object({
  number: z.number().int().nonnegative(),
  id: z.string(),
  occurrence: z.number().int().positive().optional(),
});
export type RowAddress = z.infer<typeof RowAddress>;
