import * as z from "zod";

/**
 * The reference answers of a row, by the column that holds them: `reference`, and those that a
 * topology names under this key.
 */
export const References = z.record(z.string(), z.string()).default(() => ({}));
export type References = z.infer<typeof References>;
