import { callCount, type Asked } from "../state/call-counts.ts";
import type { CallRecord } from "../state/call-record.ts";
import type { RowAddress } from "../state/row-address.ts";
import type { NodeFunction, NodeRules } from "../nodes/role.ts";
import { describeIssue } from "./describe-issue.ts";
import { completeTranscript, runUserCode } from "./run-user-code.ts";
import { badNode, shownError, shownValue, type UserCodeOutcome } from "./user-code-failure.ts";
import { openCallRecorder } from "./call-recorder.ts";

/** What of a state a guard reads itself. */
export type GuardedState = {
  readonly row: RowAddress;
  readonly transcript: readonly CallRecord[];
  readonly asked?: Asked;
};

export type GuardOptions = {
  /** What its failures call it. */
  readonly name: string;
  /** The longest it may do anything but wait for its calls, in milliseconds. */
  readonly patienceMs: number;
};

/**
 * A node of the user's own, as far as a graph may rely on it. It is given a copy of the state; what it leaves is checked key by key
 * against what its role may leave; all its calls come into the transcript. Where it throws, does not return, or leaves anything else,
 * that is the failure of its row or its vote, as `rules` say, and never more: other nodes and rows go on.
 */
export function guardNode<State extends GuardedState, Update>(
  node: NodeFunction<State, Update>,
  rules: NodeRules<State, Update>,
  { name, patienceMs }: GuardOptions,
): (state: State, config?: Parameters<typeof node>[1]) => Promise<Update> {
  return async function ownNode(state, config) {
    const skipped = rules.skip?.(state) ?? null;
    if (skipped !== null) return skipped;
    const witness = openCallRecorder({
      name,
      row: state.row,
      part: rules.partOf(state),
      wasAsked: (...address) => wasAsked(state, ...address),
    });
    const code = () => node(structuredClone(state), config);
    const ended = await runUserCode(code, witness, patienceMs);
    const records = witness.records();
    const left = ended.failure === null ? checked(ended.value, rules, state, records) : ended;
    if (left.failure === null) return left.value as Update;
    const { reason, detail } = left.failure;
    const failed = rules.failed({ reason, detail: `${name}: ${detail}` }, state);
    return { ...failed, ...(records.length === 0 ? {} : { transcript: records }) };
  };
}

function wasAsked(
  { transcript, asked = {} }: GuardedState,
  agent: string,
  part: string,
  turn: number,
): boolean {
  const before = transcript.some(
    (record) => record.agent === agent && record.part === part && record.turn === turn,
  );
  return before || turn < callCount(asked, agent, part);
}

function checked<State, Update>(
  returned: unknown,
  rules: NodeRules<State, Update>,
  state: State,
  records: readonly CallRecord[],
): UserCodeOutcome {
  try {
    if (!isPlainObject(returned ?? {}))
      return badNode(`returned ${shownValue(returned)}; expected an update of the state`);
    const { transcript = [], ...update } = { ...(returned as Record<string, unknown>) };
    const read = rules.update(state).safeParse(withoutUndefined(update));
    if (!read.success) {
      const allowed = [...Object.keys(rules.update(state).shape), "transcript"];
      return badNode(describeIssue(read.error, returned, allowed));
    }
    const problem =
      nothingNeeded(read.data, rules.needs) ??
      rules.complain?.({ update: read.data, calls: records }, state) ??
      null;
    if (problem !== null) return badNode(problem);
    const whole = Array.isArray(transcript) ? completeTranscript(transcript, records) : null;
    if (whole === null)
      return badNode("transcript: expected the records of its calls alone, as agent.ask gave them");
    return {
      failure: null,
      value: whole.length === 0 ? read.data : { ...read.data, transcript: whole },
    };
  } catch (error) {
    return badNode(`left what can't be read: ${shownError(error)}`);
  }
}

/** Says which keys are needed where an update holds something under none of them. */
function nothingNeeded(
  update: Readonly<Record<string, unknown>>,
  needs: readonly string[] = [],
): string | null {
  const isEmpty = (value: unknown) => value === undefined || value === null;
  if (needs.some((key) => !isEmpty(update[key]) && !isEmptyList(update[key]))) return null;
  const last = needs.at(-1);
  return last === undefined
    ? null
    : `left nothing; expected ${needs.slice(0, -1).join(", ")} or ${last}`;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** LangGraph takes a key without a value for one that is not there. */
function withoutUndefined(update: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined));
}
