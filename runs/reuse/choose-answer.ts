import type { CallAddress } from "../../models/call.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import { idDigest, type IndexedAnswer } from "../journal/answer-index.ts";

/** What a choice depends on besides the call: nothing that changes while a run goes on. */
export type ChoiceContext = {
  /** Of the run that asks. */
  readonly agents: readonly BuiltAgent[];
  /** Names of those who answered in the recorded run. */
  readonly recordedAgents: ReadonlySet<string>;
  /** Both runs are over the same file, so rows of one number are one row and no others are. */
  readonly sameInput: boolean;
  /** Whether an earlier row of the run that asks shows its models the same. */
  readonly isRepeat: (row: number) => boolean;
};

/**
 * Chooses, of recorded answers to the very question, the one that a call takes; null where none is
 * for it. The same call gets the same answer whatever else is under way and in whatever order, and
 * as far as can be told without knowing what else will be asked, no two calls get one answer: two
 * samples that were asked for must not be one sample twice.
 *
 * - Of the call's own row (number and id), else of a row with its id, else, of the first of several
 *   rows that are alike, of any row, the lowest number first.
 * - In that row by the agent of that name, in that part rather than another; else by one that the
 *   run has no agent of that name for: the agents that are new in it, of one role and model, share
 *   those out among them in order.
 * - An answer of a model in the process only at the very same address, since it answers by the
 *   address.
 */
export function chooseAnswer(
  answers: readonly IndexedAnswer[],
  call: CallAddress,
  context: ChoiceContext,
): IndexedAnswer | null {
  const { number } = call.row;
  const id = idDigest(call.row.id);
  const usable = answers.filter(
    (answer) => !answer.inProcess || isSameAddress(answer, call, number, id),
  );
  const own = usable.filter((answer) => answer.row === number && answer.id === id);
  if (own.length > 0 || context.sameInput) return chooseInRow(own, call, context);
  const named = usable.filter((answer) => answer.id === id);
  if (named.length > 0) return chooseInRow(lowestRow(named), call, context);
  return context.isRepeat(number) ? null : chooseInRow(lowestRow(usable), call, context);
}

function isSameAddress(
  answer: IndexedAnswer,
  { agent, part }: CallAddress,
  number: number,
  id: number,
): boolean {
  return (
    answer.row === number && answer.id === id && answer.agent === agent && answer.part === part
  );
}

function lowestRow(answers: readonly IndexedAnswer[]): IndexedAnswer[] {
  const lowest = answers.reduce((row, answer) => Math.min(row, answer.row), Infinity);
  return answers.filter(({ row }) => row === lowest);
}

function chooseInRow(
  answers: readonly IndexedAnswer[],
  { agent, part }: CallAddress,
  context: ChoiceContext,
): IndexedAnswer | null {
  const own = answers.filter((answer) => answer.agent === agent);
  if (own.length > 0) return choosePart(own, part);
  const known = new Set(context.agents.map(({ name }) => name));
  const strangers = answers.filter((answer) => !known.has(answer.agent));
  const names = [...new Set(strangers.map((answer) => answer.agent))].sort();
  const name = names[placeAmongNew(agent, context)];
  return choosePart(
    strangers.filter((answer) => answer.agent === name),
    part,
  );
}

/**
 * Rank of an agent, from 0, among the agents of its role and model that are new in this run; -1
 * where the recorded run had it.
 */
function placeAmongNew(name: string, { agents, recordedAgents }: ChoiceContext): number {
  const asking = agents.find((agent) => agent.name === name);
  return agents
    .filter((agent) => !recordedAgents.has(agent.name))
    .filter(({ role, model }) => role === asking?.role && model === asking.model)
    .findIndex((agent) => agent.name === name);
}

function choosePart(answers: readonly IndexedAnswer[], part: string): IndexedAnswer | null {
  const same = answers.find((answer) => answer.part === part);
  const [first] = answers.toSorted((one, other) => (one.part < other.part ? -1 : 1));
  return same ?? first ?? null;
}
