import { checks } from "./checks.ts";
import { debate } from "./debate.ts";
import { judge } from "./judge.ts";
import { jury } from "./jury.ts";

/** The evaluators that hold no other evaluator, and so may be a step of a cascade. */
export const plainEvaluatorKinds = [judge, jury, debate, checks] as const;
