import * as z from "zod";
import type { Agent } from "../models/gate/agent.ts";
import { iterationOf } from "../state/evolved-answer.ts";
import { Reading, Statement, type EvaluatorState } from "../state/evaluator-state.ts";
import { Argument, type EvolutionState, type Side } from "../state/evolution-state.ts";
import type { GeneratorState } from "../state/generator-state.ts";
import { isNodeFailure } from "../state/outcome.ts";
import { joinPart } from "../state/part.ts";
import { Response, Review } from "../state/response.ts";
import { lastRound } from "../state/rounds.ts";
import { turnsTaken } from "../nodes/debater.ts";
import type { NodeRules } from "./guard-node.ts";

type Evaluated = typeof EvaluatorState.State;
type Generating = NodeRules<typeof GeneratorState.State, typeof GeneratorState.Update>;
type Evaluating = NodeRules<Evaluated, typeof EvaluatorState.Update>;
type Evolving = NodeRules<typeof EvolutionState.State, typeof EvolutionState.Update>;

/** A word, and a sentence: reasons are counted, and go by a fixed word each. */
const failure = z.strictObject({
  reason: z.string().regex(/^[a-z][a-z_]{0,59}$/, "expected a word such as no_answer"),
  detail: z.string(),
});

/** Why a row ends here: with nothing, or with what it has. */
const endings = z.strictObject({ failure: failure.optional(), endedEarly: failure.optional() });

/** In `GeneratorState`: the row fails with the reason, whatever the others of its step leave. */
const generating = {
  failed: (reported) => ({ failure: reported }),
  partOf: ({ place }) => place,
} as const satisfies Partial<Generating>;

/** A generator leaves the response of the next round, or says why there is none. */
export const generatorRules: Generating = {
  ...generating,
  update: (state) =>
    endings.extend({
      responses: z
        .array(
          z.strictObject({
            round: z.literal(lastRound(state) + 1),
            text: Response.shape.text,
          }),
        )
        .max(1)
        .optional(),
    }),
  complain: ({ update: { responses = [], failure, endedEarly } }) =>
    (responses as readonly unknown[]).length === 0 &&
    failure === undefined &&
    endedEarly === undefined
      ? "left nothing; expected a response, failure or endedEarly"
      : null,
};

/** In a branching loop: the revision after one reviewer's feedback, or nothing. */
export function branchRules(reviewer: string): Generating {
  return {
    ...generating,
    update: ({ reviews }) =>
      z.strictObject({
        responses: z
          .array(
            z.strictObject({
              round: z.literal(reviews.reduce((last, { round }) => Math.max(last, round), 0) + 1),
              text: Response.shape.text,
              reviewer: z.literal(reviewer),
            }),
          )
          .max(1)
          .optional(),
        failure: failure.optional(),
      }),
  };
}

/** A reviewer leaves a review of the latest round under its own name, or nothing: then it is left out of the round. */
export function reviewerRules({ name }: Agent): Generating {
  return {
    ...generating,
    update: (state) =>
      endings.extend({
        reviews: z
          .array(
            z.strictObject({
              reviewer: z.literal(name),
              round: z.literal(lastRound(state)),
              text: Review.shape.text,
              evaluation: Review.shape.evaluation,
              score: z.number().min(0).max(10).nullable(),
              feedback: Review.shape.feedback,
            }),
          )
          .max(1)
          .optional(),
      }),
  };
}

/**
 * A judge or a juror: a reading under its own name for each view of the pair, one at least. One that fails has a vote that fails, as
 * one whose call brought no answer has (`createAggregateVotes`).
 */
export function readingRules(agent: Agent): Evaluating {
  const { name, model } = agent;
  return {
    update: () =>
      z.strictObject({ readings: z.array(readingOf(agent)).min(1, "expected a reading or more") }),
    complain: ({ update }) => {
      const views = (update["readings"] as readonly Reading[]).map(({ view }) => view);
      const twice = views.find((view, index) => views.indexOf(view) < index);
      return twice === undefined ? null : `readings: two of them are of the view "${twice}"`;
    },
    failed: ({ reason: outcome, detail }) => {
      const nothing = { winner: null, scores: null, score: null };
      return { readings: [{ agent: name, model, view: "plain", outcome, detail, ...nothing }] };
    },
    partOf: ({ part }) => part,
  };
}

/**
 * A debater's turn to speak: a statement, without a word where it is silent, or one question that brought none. One that fails is out: it is
 * silent from then on, and takes no part in the verdict.
 */
export function talkRules(agent: Agent): Evaluating {
  const { failed, partOf } = readingRules(agent);
  const silent = (state: Evaluated) => ({
    statements: [{ debater: agent.name, round: turnsTaken(state, agent.name), text: "" }],
  });
  return {
    partOf,
    update: (state) =>
      z.strictObject({
        statements: z
          .array(
            z.strictObject({
              debater: z.literal(agent.name),
              round: z.literal(turnsTaken(state, agent.name)),
              text: Statement.shape.text,
            }),
          )
          .max(1)
          .optional(),
      }),
    complain: ({ update: { statements = [] }, calls }, { part }) => {
      const turns = calls.filter((call) => call.part === part).length;
      if (turns > 1) {
        return `asked ${turns} times in part "${part}"; a turn to speak is one question there, and others stand in parts of their own ("${joinPart(part, "check")}")`;
      }
      return turns + (statements as readonly unknown[]).length === 0
        ? "left nothing; expected a statement"
        : null;
    },
    skip: (state) => (isOut(state, agent) ? silent(state) : null),
    failed: (failure, state) => ({ ...failed(failure, state), ...silent(state) }),
  };
}

/** A debater's scores, after the last round of talk. */
export function voteRules(agent: Agent): Evaluating {
  return { ...readingRules(agent), skip: (state) => (isOut(state, agent) ? {} : null) };
}

/** Whether a debater's node has failed in this debate. */
function isOut({ readings }: Evaluated, { name }: Agent): boolean {
  return readings.some(({ agent, outcome }) => agent === name && isNodeFailure(outcome));
}

function readingOf({ name, model }: Agent) {
  return z.strictObject({
    ...Reading.shape,
    agent: z.literal(name),
    model: z.literal(model),
    scores: z.strictObject({ a: z.number(), b: z.number() }).nullable(),
  });
}

/** In `EvolutionState`: the answer ends with the reason, and so does its row. */
const evolving = {
  failed: (reported) => ({ ended: reported }),
  partOf: ({ part }) => part,
} as const satisfies Partial<Evolving>;

const ended = failure.nullable().optional();

/** CoEvol's debater: an argument of its side in this iteration, or none. */
export function argumentRules(side: Side, stage: Argument["stage"]): Evolving {
  return {
    ...evolving,
    update: (state) =>
      z.strictObject({
        arguments: z
          .array(
            z.strictObject({
              iteration: z.literal(iterationOf(state)),
              side: z.literal(side),
              stage: z.literal(stage),
              text: Argument.shape.text,
            }),
          )
          .max(1)
          .optional(),
        ended,
      }),
  };
}

/** CoEvol's advisor: one to three suggestions, or why there are none. */
export const advisorRules: Evolving = {
  ...evolving,
  update: () =>
    z.strictObject({ suggestions: z.array(z.string()).min(1).max(3).optional(), ended }),
  complain: ({ update: { suggestions, ended } }) =>
    suggestions === undefined && (ended ?? null) === null
      ? "left nothing; expected suggestions or ended"
      : null,
};

/** CoEvol's editor: the rewrite, or why there is none. */
export const editorRules: Evolving = {
  ...evolving,
  update: () => z.strictObject({ rewrite: z.string().optional(), ended }),
  complain: ({ update: { rewrite, ended } }) =>
    rewrite === undefined && (ended ?? null) === null
      ? "left nothing; expected a rewrite or ended"
      : null,
};
