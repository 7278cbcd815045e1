import * as z from "zod";
import type { Agent } from "../models/gate/agent.ts";
import { conversationText, createFence, type Fence } from "../prompts/fence.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import { callCount } from "../state/calls/call-counts.ts";
import { Statement, type EvaluatorState } from "../state/evaluation/evaluator-state.ts";
import type { Message } from "../state/message.ts";
import { isNodeFailure } from "../state/calls/outcome.ts";
import { joinPart } from "../state/calls/part.ts";
import { shownContext, type JudgingContext } from "./judging-context.ts";
import type { Scale } from "./reading/parse-score.ts";
import { atMostOne, itemShape } from "./item-shape.ts";
import {
  askForReading,
  candidateText,
  fencedPair,
  readingRules,
  type JudgeOptions,
} from "./judge.ts";
import type { EvaluatorNodeFunction, MemberOptions, NodeRules, Role } from "./role.ts";

const shown = ["conversation", "responses", "statements"];
export const debaterPromptShape: PromptShape = {
  system: ["persona"],
  talk: shown,
  vote: [...shown, "scale", "mark?"],
  reask: ["scale", "mark?"],
};
/** A persona is a prompt file with one section: who the debater is and what it looks at. */
export const personaShape: PromptShape = { persona: [] };

export type DebaterOptions = MemberOptions & {
  readonly persona: Prompt;
  /** Criteria, and the column of a reference answer; nothing where not given. */
  readonly context?: JudgingContext | undefined;
};

type State = typeof EvaluatorState.State;
type Update = typeof EvaluatorState.Update;

/**
 * A debater's turn to speak: it reads all that was said and says what it thinks of the two
 * responses (arXiv 2408.08688, section 4.2, after ChatEval, arXiv 2308.07201). One that fails is
 * silent in this round.
 */
export function createDebater({ agent, ...told }: DebaterOptions) {
  return async function debater(state: State): Promise<Update> {
    const round = turnsTaken(state, agent.name);
    const { messages, fenceMark } = conversation(state, told, "talk");
    const record = await agent.ask({
      row: state.row,
      part: state.part,
      turn: callCount(state.asked, agent.name, state.part) + round,
      messages,
      expects: { kind: "text", form: "argument" },
      marks: [fenceMark],
    });
    if (record.outcome !== "answered") return { transcript: [record] };
    return {
      statements: [{ debater: agent.name, round, text: record.content }],
      transcript: [record],
    };
  };
}

/** A debater's scores, with a reason, after the last round of talk. */
export function createDebaterVote(
  { agent, ...told }: DebaterOptions,
  { scale, reasks, reading }: Pick<JudgeOptions, "scale" | "reasks" | "reading">,
) {
  return async function vote(state: State): Promise<Update> {
    const { messages, mark } = conversation(state, told, "vote", scale);
    return askForReading(state, {
      agent,
      strategy: "combined",
      scale,
      view: "plain",
      reasks,
      reading,
      messages,
      mark,
      beside: shownContext(told.context, state.references),
      reask: told.prompt.render("reask", { scale: String(scale), mark }),
      firstTurn: turnsTaken(state, agent.name),
    });
  };
}

export type DebaterNodesOptions = DebaterOptions &
  Pick<JudgeOptions, "scale" | "reasks" | "reading">;

/** Both nodes of a debater. */
export function createDebaterNodes({ scale, reasks, reading, ...options }: DebaterNodesOptions) {
  return {
    talk: createDebater(options),
    vote: createDebaterVote(options, { scale, reasks, reading }),
  };
}

/**
 * How often a debater has had its turn in this evaluation, answered or not; the transcript is its
 * own.
 */
export function turnsTaken({ transcript, statements, part }: State, name: string): number {
  // What a custom debater asks beside its turn stands in other parts.
  const asked = transcript.filter((call) => call.agent === name && call.part === part).length;
  // A custom debater may speak without asking a model.
  return Math.max(asked, statements.filter(({ debater }) => debater === name).length);
}

function conversation(
  { prompt: request, pair, statements, references }: State,
  { prompt, persona, context }: Omit<DebaterOptions, "agent">,
  section: "talk" | "vote",
  scale?: Scale,
): { messages: Message[]; mark: string; fenceMark: string } {
  const texts = [
    conversationText(request),
    candidateText(pair.a, request),
    candidateText(pair.b, request),
  ] as const;
  const beside = shownContext(context, references);
  const fence = createFence([...texts, ...statements.map(({ text }) => text), ...beside.texts]);
  const values = {
    conversation: `${fence("request", texts[0])}${beside.render(fence)}`,
    responses: fencedPair(fence, "12", texts[1], texts[2]),
    statements: statementsText(statements, fence),
    ...(scale === undefined ? {} : { scale: String(scale), mark: fence.verdictMark }),
  };
  const messages: Message[] = [
    { role: "system", content: prompt.render("system", { persona: persona.render("persona") }) },
    { role: "user", content: prompt.render(section, values) },
  ];
  return { messages, mark: fence.verdictMark, fenceMark: fence.mark };
}

function statementsText(statements: readonly Statement[], fence: Fence): string {
  const spoken = statements.filter(({ text }) => text !== "");
  if (spoken.length === 0) return "Nobody has spoken yet.";
  return spoken
    .map(
      ({ debater, round, text }) => `${debater}, round ${round + 1}:\n${fence("statement", text)}`,
    )
    .join("\n\n");
}

/** The two nodes of a debater: for a round of talk, and for its scores after the last. */
export type DebaterNodes = {
  /** Returns a statement; without one it must have asked its agent, and is silent in this round. */
  readonly talk: EvaluatorNodeFunction;
  /** Returns a reading under its agent's name. */
  readonly vote: EvaluatorNodeFunction;
};
export type DebaterFactory = (options: DebaterNodesOptions) => DebaterNodes;

type Rules = NodeRules<State, Update>;

/** A debater whose node failed is silent from then on, and takes no part in the verdict. */
function isOut({ readings }: State, { name }: Agent): boolean {
  return readings.some(({ agent, outcome }) => agent === name && isNodeFailure(outcome));
}

function talkRules(agent: Agent): Rules {
  const { failed, partOf } = readingRules(agent);
  const silent = (state: State) => ({
    statements: [{ debater: agent.name, round: turnsTaken(state, agent.name), text: "" }],
  });
  return {
    partOf,
    update: (state) => {
      const only = { debater: agent.name, round: turnsTaken(state, agent.name) };
      return z.strictObject({ statements: atMostOne(itemShape(Statement, only)) });
    },
    complain: ({ update: { statements = [] }, calls }, { part }) => {
      const turns = calls.filter((call) => call.part === part).length;
      if (turns > 1) {
        return (
          `asked ${turns} times in part "${part}"; a turn to speak is one question there, and ` +
          `others stand in parts of their own ("${joinPart(part, "check")}")`
        );
      }
      return turns + (statements as readonly unknown[]).length === 0
        ? "left nothing; expected a statement"
        : null;
    },
    skip: (state) => (isOut(state, agent) ? silent(state) : null),
    failed: (failure, state) => ({ ...failed(failure, state), ...silent(state) }),
  };
}

function voteRules(agent: Agent): Rules {
  return { ...readingRules(agent), skip: (state) => (isOut(state, agent) ? {} : null) };
}

export const debaterRole: Role<"debater", DebaterNodesOptions, DebaterNodes> = {
  name: "debater",
  prompt: { name: "debater", shape: debaterPromptShape },
  persona: { name: "general-public", shape: personaShape },
  form: "argument",
  usualTokens: { instructions: 250, answer: 300 },
  create: createDebaterNodes,
  rules: ({ agent }) => ({ talk: talkRules(agent), vote: voteRules(agent) }),
};
