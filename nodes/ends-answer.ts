import * as z from "zod";
import type { EvolutionState } from "../state/generation/evolution-state.ts";
import { failureShape } from "./item-shape.ts";
import type { NodeRules } from "./role.ts";

type Rules = NodeRules<typeof EvolutionState.State, typeof EvolutionState.Update>;

/** For a custom node over `EvolutionState` that failed: the answer ends with the reason. */
export const failsAnswer = {
  failed: (ended) => ({ ended }),
  partOf: ({ part }) => part,
} as const satisfies Partial<Rules>;

/** The reason why the answer ends here. */
export const ended = failureShape.nullable().optional();

/** Rules for a custom node that returns what is asked of it, or `ended`. */
export function endsAnswer(update: z.ZodRawShape): Rules {
  return {
    ...failsAnswer,
    update: () => z.strictObject({ ...update, ended }),
    needs: [...Object.keys(update), "ended"],
  };
}
