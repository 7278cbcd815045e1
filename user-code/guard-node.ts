import type { NodeFunction, NodeRules } from "../nodes/role.ts";
import { callCount, type Asked } from "../state/calls/call-counts.ts";
import type { CallRecord } from "../state/calls/call-record.ts";
import type { RowAddress } from "../state/calls/row-address.ts";
import { checkReturned } from "./check-returned.ts";
import { runUserCode } from "./run-user-code.ts";

/** The part of a state that a guard reads itself. */
export type GuardedState = {
  readonly row: RowAddress;
  readonly transcript: readonly CallRecord[];
  readonly asked?: Asked;
};

export type GuardOptions = {
  /** The name of the node in the details of its failures. */
  readonly name: string;
  /** The longest it may do anything but wait for its calls, in milliseconds. */
  readonly patienceMs: number;
};

/**
 * A custom node as far as a graph may rely on it. It is given a copy of the state; its update is
 * checked key by key against the rules of its role; all its calls come into the transcript. Where
 * it throws, does not return, or returns anything else, its row or its vote fails, as the rules
 * say; other nodes and rows go on.
 */
export function guardNode<State extends GuardedState, Update>(
  node: NodeFunction<State, Update>,
  rules: NodeRules<State, Update>,
  { name, patienceMs }: GuardOptions,
): (state: State, config?: Parameters<typeof node>[1]) => Promise<Update> {
  return async function customNode(state, config) {
    const skipped = rules.skip?.(state) ?? null;
    if (skipped !== null) return skipped;
    const scope = {
      name,
      row: state.row,
      part: rules.partOf(state),
      wasAsked: (...address: Address) => wasAsked(state, ...address),
    };
    const ended = await runUserCode(() => node(structuredClone(state), config), scope, patienceMs);
    const { records: calls } = ended;
    const shape = rules.update(state);
    const complain = (update: Readonly<Record<string, unknown>>) =>
      nothingNeeded(update, rules.needs) ?? rules.complain?.({ update, calls }, state) ?? null;
    const keys = Object.keys(shape.shape);
    const checked =
      ended.failure === null
        ? checkReturned(ended.value, { shape, keys, complain }, calls)
        : { failure: ended.failure };
    if (checked.failure !== null) {
      const { reason, detail } = checked.failure;
      const failed = rules.failed({ reason, detail: `${name}: ${detail}` }, state);
      return { ...failed, ...(calls.length === 0 ? {} : { transcript: calls }) };
    }
    const { value, transcript } = checked.value;
    return { ...value, ...(transcript.length === 0 ? {} : { transcript }) } as Update;
  };
}

type Address = [agent: string, part: string, turn: number];

function wasAsked({ transcript, asked = {} }: GuardedState, ...[agent, part, turn]: Address) {
  const before = transcript.some(
    (record) => record.agent === agent && record.part === part && record.turn === turn,
  );
  return before || turn < callCount(asked, agent, part);
}

/** Says which keys are needed where an update holds something under none of them. */
function nothingNeeded(
  update: Readonly<Record<string, unknown>>,
  needs: readonly string[] = [],
): string | null {
  const last = needs.at(-1);
  if (last === undefined || needs.some((key) => !isNothing(update[key]))) return null;
  return `left nothing; expected ${needs.slice(0, -1).join(", ")} or ${last}`;
}

function isNothing(value: unknown): boolean {
  return (value ?? null) === null || (Array.isArray(value) && value.length === 0);
}
