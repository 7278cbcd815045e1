import * as z from "zod";
import type { Agent } from "../models/gate/agent.ts";
import type { Expectation } from "../models/call.ts";
import { conversationText, createFence, type Fence, messageText } from "../prompts/fence.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import { callCount } from "../state/calls/call-counts.ts";
import type { CallRecord } from "../state/calls/call-record.ts";
import type { Candidate } from "../state/candidate.ts";
import { Reading, type EvaluatorState } from "../state/evaluation/evaluator-state.ts";
import type { Message } from "../state/message.ts";
import { joinPart } from "../state/calls/part.ts";
import { Scores } from "../state/verdict.ts";
import { itemShape } from "./item-shape.ts";
import { shownContext, type JudgingContext, type ShownContext } from "./judging-context.ts";
import type { Scale } from "./reading/parse-score.ts";
import { isReadable, readAnswer, type ShownTexts, type Strategy } from "./reading/read-answer.ts";
import type { ReadingRule } from "./reading/read-verdict.ts";
import type { EvaluatorNodeFunction, MemberOptions, NodeRules, Role } from "./role.ts";

export type { Strategy };
/** What a judge is shown in one call. */
export type View = Reading["view"];

// a prompt of a user's own may ask for no mark
const choosing: PromptShape = {
  system: [],
  question: ["conversation", "responses", "mark?"],
  reask: ["mark?"],
};
const scoring: PromptShape = {
  system: [],
  question: ["conversation", "responses", "scale", "mark?"],
  reask: ["scale", "mark?"],
};

export const judgePromptShapes: Readonly<Record<Strategy, PromptShape>> = {
  direct: choosing,
  combined: scoring,
  independent: {
    ...scoring,
    question: ["conversation", "response", "scale", "mark?"],
  },
  compare: choosing,
  score: scoring,
};

export type JudgeOptions = MemberOptions & {
  readonly strategy: Strategy;
  readonly scale: Scale;
  /** `both` asks again with the responses swapped. */
  readonly orders: "ab" | "both";
  /**
   * How often an answer without a readable verdict is asked for again, in the same conversation.
   */
  readonly reasks: number;
  /** Which verdicts of an answer count; default `strict`. */
  readonly reading?: ReadingRule | undefined;
  /** Criteria, and the column of a reference answer; nothing where not given. */
  readonly context?: JudgingContext | undefined;
};

/**
 * A judge, or a juror among others: reads the pair in every view it needs of it, side by side, and
 * leaves a reading of each. What a judge writes is never asked for in a schema: it is read
 * leniently, and asked for again where it can't be.
 */
export function createJudge({ prompt, orders, context, ...asking }: JudgeOptions) {
  const { strategy, scale } = asking;
  const views = viewsOf(strategy, orders);
  return async function judge(
    state: typeof EvaluatorState.State,
  ): Promise<{ readings: Reading[]; transcript: CallRecord[] }> {
    const beside = shownContext(context, state.references);
    const read = await Promise.all(
      views.map((view) => {
        const { messages, mark } = judgeConversation(state, prompt, { scale, view, beside });
        const reask = prompt.render("reask", { scale: String(scale), mark });
        return askForReading(state, {
          ...asking,
          view,
          messages,
          mark,
          reask,
          beside,
          firstTurn: 0,
        });
      }),
    );
    return {
      readings: read.flatMap(({ readings }) => readings),
      transcript: read.flatMap(({ transcript }) => transcript),
    };
  };
}

/**
 * What a judge has to be shown. Scored alone, responses stand in no order that could be swapped.
 */
function viewsOf(strategy: Strategy, orders: "ab" | "both"): readonly View[] {
  if (strategy === "independent") return ["a", "b"];
  return orders === "both" ? ["plain", "swapped"] : ["plain"];
}

export type ReadingQuestion = Omit<JudgeOptions, "prompt" | "orders" | "context"> & {
  readonly view: View;
  readonly messages: readonly Message[];
  /** The word that the messages ask for in the line of the verdict (`Fence`). */
  readonly mark: string;
  /** What the messages show beside the request and the responses. */
  readonly beside?: ShownContext | undefined;
  /** What is said where an answer holds no verdict. */
  readonly reask: string;
  /** How often the agent has been asked in this part by this evaluation. */
  readonly firstTurn: number;
};

/**
 * Asks for a verdict, and again in the same conversation while it can't be read and `reasks` allow
 * it.
 */
export async function askForReading(
  state: typeof EvaluatorState.State,
  question: ReadingQuestion,
): Promise<{ readings: Reading[]; transcript: CallRecord[] }> {
  const { agent, strategy, scale, view, reasks, reask, firstTurn } = question;
  const messages = [...question.messages];
  const part = joinPart(state.part, view === "plain" ? "" : view);
  const turn = callCount(state.asked, agent.name, part) + firstTurn;
  const transcript: CallRecord[] = [];
  let reading = unread(agent, view);
  for (let asked = 0; asked <= reasks; asked += 1) {
    const record = await agent.ask({
      row: state.row,
      part,
      turn: turn + asked,
      messages,
      expects: expectation(strategy, scale),
    });
    transcript.push(record);
    reading = readRecord(record, state, question);
    // An answer without a verdict can be asked for again; no answer at all is the gate's business.
    if (isReadable(reading) || !isText(record)) break;
    // Some providers take no empty message.
    const said = record.content.trim() === "" ? "(no answer)" : record.content;
    messages.push({ role: "assistant", content: said }, { role: "user", content: reask });
  }
  return { readings: [reading], transcript };
}

function expectation(strategy: Strategy, scale: Scale): Expectation {
  if (strategy === "direct") return { kind: "choice" };
  if (strategy === "compare") return { kind: "compare" };
  return { kind: strategy === "independent" ? "score" : "scores", scale };
}

/** Which responses a view shows, in their order. */
const shownIn: Readonly<Record<View, readonly ("a" | "b")[]>> = {
  plain: ["a", "b"],
  swapped: ["b", "a"],
  a: ["a"],
  b: ["b"],
};

/** What the judge is told and asked, with the candidates fenced off. */
function judgeConversation(
  { prompt: messages, pair }: typeof EvaluatorState.State,
  prompt: Prompt,
  { scale, view, beside }: { scale: Scale; view: View; beside: ShownContext },
): { messages: Message[]; mark: string } {
  const conversation = conversationText(messages);
  const texts = shownIn[view].map((side) => candidateText(pair[side], messages));
  const fence = createFence([conversation, ...texts, ...beside.texts]);
  const [first = "", second] = texts;
  const values = {
    conversation: `${fence("request", conversation)}${beside.render(fence)}`,
    scale: String(scale),
    mark: fence.verdictMark,
    ...(second === undefined
      ? { response: fence("response", first) }
      : { responses: fencedPair(fence, "AB", first, second) }),
  };
  const asked: Message[] = [
    { role: "system", content: prompt.render("system") },
    { role: "user", content: prompt.render("question", values) },
  ];
  return { messages: asked, mark: fence.verdictMark };
}

/** Two responses one after the other, of Assistants A and B, or 1 and 2. */
export function fencedPair(
  fence: Fence,
  names: "AB" | "12",
  first: string,
  second: string,
): string {
  const [one, two] = names;
  return `${fence(`response of Assistant ${one}`, first)}\n\n${fence(`response of Assistant ${two}`, second)}`;
}

/** A multi-turn candidate is shown from where it departs from the request. */
export function candidateText({ text, messages }: Candidate, request: readonly Message[]): string {
  if (messages === undefined) return messageText({ content: text });
  let shared = 0;
  while (shared < request.length && messages[shared]?.content === request[shared]?.content) {
    shared += 1;
  }
  const own = messages.slice(shared);
  const [only] = own;
  return own.length === 1 && only?.role === "assistant" ? messageText(only) : conversationText(own);
}

function readRecord(
  record: CallRecord,
  state: Pick<typeof EvaluatorState.State, "prompt" | "pair" | "statements">,
  { agent, strategy, scale, view, reading, mark, beside }: ReadingQuestion,
): Reading {
  const read = { ...unread(agent, view), outcome: record.outcome };
  if (record.detail !== undefined) read.detail = record.detail;
  if (record.outcome !== "answered") return read;
  const shown = shownTexts(state, agent.name, beside?.texts);
  const answer = { text: record.content, strategy, scale, swapped: view === "swapped" };
  return { ...read, ...readAnswer({ ...answer, shown, reading, mark }) };
}

/** Every text that a judge or a debater was shown, and could repeat. */
function shownTexts(
  { prompt, pair, statements }: Pick<typeof EvaluatorState.State, "prompt" | "pair" | "statements">,
  name: string,
  beside: readonly string[] = [],
): ShownTexts {
  return {
    a: allTexts(pair.a),
    b: allTexts(pair.b),
    others: [
      ...prompt.map(({ content }) => content),
      ...beside,
      // a debater's own statements are its own words
      ...statements.flatMap(({ debater, text }) => (debater === name ? [] : [text])),
    ],
  };
}

function allTexts({ text, messages }: Candidate): string[] {
  return [text, ...(messages ?? []).map(({ content }) => content)];
}

function unread(agent: Agent, view: View): Reading {
  return {
    agent: agent.name,
    model: agent.model,
    view,
    outcome: "answered",
    winner: null,
    scores: null,
    score: null,
  };
}

/** A whole answer, or one that was cut: there is a text to answer to. */
function isText({ outcome }: CallRecord): boolean {
  return outcome === "answered" || outcome === "cut_at_length" || outcome === "empty";
}

/**
 * Makes a node that returns a reading under its agent's name for each view that it took of the
 * pair, one at least.
 */
export type JudgeFactory = (options: JudgeOptions) => EvaluatorNodeFunction;

/**
 * Rules for a custom node that returns readings. The vote of a node that fails is lost, as is that
 * of a judge whose call brought no answer (`createAggregateVotes`).
 */
export function readingRules({
  name: agent,
  model,
}: Agent): NodeRules<typeof EvaluatorState.State, typeof EvaluatorState.Update> {
  const scores = z.strictObject(Scores.shape).nullable();
  const reading = itemShape(Reading.extend({ scores }), { agent, model });
  return {
    update: () =>
      z.strictObject({ readings: z.array(reading).min(1, "expected a reading or more") }),
    complain: ({ update }) => {
      const views = (update["readings"] as readonly Reading[]).map(({ view }) => view);
      const twice = views.find((view, index) => views.indexOf(view) < index);
      return twice === undefined ? null : `readings: two of them are of the view "${twice}"`;
    },
    failed: ({ reason: outcome, detail }) => {
      const nothing = { winner: null, scores: null, score: null };
      return { readings: [{ agent, model, view: "plain", outcome, detail, ...nothing }] };
    },
    partOf: ({ part }) => part,
  };
}

export const judgeRole: Role<"judge", JudgeOptions, EvaluatorNodeFunction> = {
  name: "judge",
  prompt: { name: "judge-combined", shape: judgePromptShapes.combined },
  form: "argument",
  usualTokens: { instructions: 250, answer: 250 },
  create: createJudge,
  rules: ({ agent }) => readingRules(agent),
};

/** A judge among others. */
export const jurorRole: Role<"juror", JudgeOptions, EvaluatorNodeFunction> = {
  ...judgeRole,
  name: "juror",
};
