import * as z from "zod";
import { Failure } from "../state/calls/failure.ts";

/**
 * The shape of an item of a list in the state as one node may return it: no unknown key, and the
 * only value that a field can have here.
 *
 * @example itemShape(Review.omit({ step: true }), { reviewer: "critic", round: 2 })
 */
export function itemShape<Shape extends z.ZodRawShape>(
  item: z.ZodObject<Shape>,
  only: { readonly [Key in keyof Shape]?: string | number },
) {
  const fixed = Object.entries(only).map(([key, value]) => [key, z.literal(value as string)]);
  return z.strictObject({ ...item.shape, ...Object.fromEntries(fixed) });
}

/** A list with one such item, or none; the key may be absent. */
export function atMostOne(item: z.ZodType) {
  return z.array(item).max(1).optional();
}

/** A failure that a custom node reports: the reason is a word, since failures are counted by it. */
export const failureShape = z.strictObject({
  ...Failure.shape,
  reason: z.string().regex(/^[a-z][a-z_]{0,59}$/, "expected a word such as no_answer"),
});
