import * as z from "zod";
import { createFence } from "../prompts/fence.ts";
import { Argument, type EvolutionState } from "../state/generation/evolution-state.ts";
import { iterationOf } from "../state/generation/evolved-answer.ts";
import {
  createDebaterPosition,
  positionConversation,
  sidePromptShape,
  type SideOptions,
} from "./debater-position.ts";
import { ended, failsAnswer } from "./ends-answer.ts";
import { atMostOne, itemShape } from "./item-shape.ts";
import type { EvolutionNodeFunction, NodeRules, Role } from "./role.ts";

/**
 * A debater reads the other's argument and weighs how plausible each of its points is, with its own
 * position in memory and bound to none (arXiv 2406.07054, the free debate). It is not asked where
 * one of the two positions is missing.
 */
export function createCrossReview({ agent, prompt, side }: SideOptions) {
  return async function crossReview(
    state: typeof EvolutionState.State,
  ): Promise<typeof EvolutionState.Update> {
    const iteration = iterationOf(state);
    const positions = state.arguments.filter((argument) => argument.iteration === iteration);
    const own = positions.find((argument) => argument.side === side);
    const other = positions.find((argument) => argument.side !== side);
    if (own === undefined || other === undefined) return {};
    const position = positionConversation(state, prompt);
    const fence = createFence([other.text]);
    const argument = fence("argument", other.text);
    const record = await agent.ask({
      row: state.row,
      part: state.part,
      turn: 2 * (iteration - 1) + 1,
      messages: [
        ...position.messages,
        { role: "assistant", content: own.text },
        { role: "user", content: prompt.render("cross-review", { argument }) },
      ],
      expects: { kind: "text", form: "argument" },
      marks: [...position.marks, fence.mark],
    });
    if (record.outcome !== "answered") return { transcript: [record] };
    const review = { iteration, side, stage: "cross-review" as const, text: record.content };
    return { arguments: [review], transcript: [record] };
  };
}

/** Both nodes of one of CoEvol's debaters. */
export function createSide(options: SideOptions) {
  return { position: createDebaterPosition(options), crossReview: createCrossReview(options) };
}

/** The two nodes of CoEvol's positive or critical debater: each returns an argument or nothing. */
export type SideNodeFunctions = {
  readonly position: EvolutionNodeFunction;
  readonly crossReview: EvolutionNodeFunction;
};
export type SideFactory = (options: SideOptions) => SideNodeFunctions;

type Rules = NodeRules<typeof EvolutionState.State, typeof EvolutionState.Update>;

function argumentRules(side: SideOptions["side"], stage: Argument["stage"]): Rules {
  return {
    ...failsAnswer,
    update: (state) => {
      const argument = itemShape(Argument, { iteration: iterationOf(state), side, stage });
      return z.strictObject({ arguments: atMostOne(argument), ended });
    },
  };
}

/** CoEvol's debater; the prompt of the positive one is `coevol-positive`. */
export const sideRole: Role<"debater", SideOptions, SideNodeFunctions> = {
  name: "debater",
  prompt: { name: "coevol-critical", shape: sidePromptShape },
  form: "argument",
  usualTokens: { instructions: 250, answer: 300 },
  create: createSide,
  rules: ({ side }) => ({
    position: argumentRules(side, "position"),
    crossReview: argumentRules(side, "cross-review"),
  }),
};
