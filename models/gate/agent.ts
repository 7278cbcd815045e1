import type { CallRecord } from "../../state/call-record.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { Message } from "../../state/message.ts";
import type { RowAddress } from "../../state/row-address.ts";
import type { Expectation, Role } from "../call.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Gate } from "./gate.ts";
import { noModel } from "../providers/model-spec.ts";

/** What a node asks its agent. */
export type Question = {
  readonly row: RowAddress;
  /** Tells calls of this agent apart that stand side by side; empty for the plain one. */
  readonly part: string;
  /** Counts the calls of this agent and part in the row, from 0. */
  readonly turn: number;
  readonly messages: readonly Message[];
  readonly expects: Expectation;
};

/** Someone who takes part in a topology: a name, a model, and a way to be asked. */
export type Agent = {
  readonly name: string;
  readonly role: Role;
  /** The model spec. */
  readonly model: string;
  /** Never throws for a model's trouble: what went wrong is the record's outcome. */
  readonly ask: (question: Question) => Promise<CallRecord>;
};

/** Binds a name and a role to a model behind the gate. */
export function createAgent(
  { name, role, endpoint }: { name: string; role: Role; endpoint: Endpoint },
  gate: Gate,
): Agent {
  return {
    name,
    role,
    model: endpoint.spec,
    ask: ({ row, part, turn, messages, expects }) =>
      gate.ask({ address: { row, agent: name, part, turn }, role, expects, messages }, endpoint),
  };
}

/** An agent without a model, for a node of the user's own that asks none. To ask it is a mistake of that node. */
export function createSilentAgent({ name, role }: { name: string; role: Role }): Agent {
  return {
    name,
    role,
    model: noModel,
    ask: async () => {
      throw new FellowshipError(
        "bad_usage",
        `the agent "${name}" has no model to ask: give it one in the topology, or with --model ${name}=SPEC`,
        { facts: { agent: name } },
      );
    },
  };
}
