import type { Winner } from "../../state/verdict.ts";

/** Which of two responses is preferred, where a rater could say. */
export type Preference = Exclude<Winner, "none">;

/** All preferences, in the order in which tables show them. */
export const preferences = ["a", "b", "tie"] as const satisfies readonly Preference[];
