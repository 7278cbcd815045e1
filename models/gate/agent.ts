import { withoutFenceLines } from "./request/without-fence-lines.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { Message } from "../../state/message.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import { withThinking } from "../../state/calls/kept-thinking.ts";
import { isTrainingText, type Expectation, type TextForm } from "../call.ts";
import type { ModelSettings } from "../model-settings.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Gate } from "./gate.ts";
import { noModel } from "../providers/model-spec.ts";

/** What a node asks its agent. */
export type Question = {
  readonly row: RowAddress;
  /** Distinguishes series of calls of this agent; empty for the plain one. */
  readonly part: string;
  /** Counts the calls of this agent and part in the row, from 0. */
  readonly turn: number;
  readonly messages: readonly Message[];
  readonly expects: Expectation;
  /** The marks of the fences in `messages`: lines of a text that only copy one are cut. */
  readonly marks?: readonly string[];
};

/** A member of a topology: a name, a role, a model, and a way to ask it. */
export type Agent = {
  readonly name: string;
  /** The name of its role (`nodes/roles.ts`). */
  readonly role: string;
  /** The model spec. */
  readonly model: string;
  /** Never throws for a model's trouble: what went wrong is the record's outcome. */
  readonly ask: (question: Question) => Promise<CallRecord>;
};

export type AgentOptions = {
  readonly name: string;
  readonly role: string;
  readonly endpoint: Endpoint;
  /** The form of the texts that it is asked for, where a question does not say. */
  readonly form?: TextForm | undefined;
};

/** Binds a name and a role to a model behind the gate. */
export function createAgent({ name, role, endpoint, form }: AgentOptions, gate: Gate): Agent {
  const formed = (expects: Expectation): Expectation =>
    expects.kind === "text" ? { kind: "text", form: expects.form ?? form } : expects;
  return {
    name,
    role,
    model: endpoint.spec,
    ask: async ({ row, part, turn, messages, expects, marks = [] }) => {
      const call = {
        address: { row, agent: name, part, turn },
        role,
        expects: formed(expects),
        messages,
      };
      const record = withoutCopiedFences(await gate.ask(call, endpoint), marks);
      return isTrainingText(call.expects) ? keptThinking(record, endpoint.settings) : record;
    },
  };
}

/** Without the lines that only copy a fence of the request; `empty` where it has no others. */
function withoutCopiedFences(record: CallRecord, marks: readonly string[]): CallRecord {
  if (record.outcome !== "answered" || marks.length === 0) return record;
  const content = withoutFenceLines(record.content, marks);
  if (content === record.content) return record;
  if (content !== "") return { ...record, content };
  const detail = "the answer only copies the marks around the texts of its prompt";
  return { ...record, content, outcome: "empty", detail };
}

/** A response with its thinking where the agent keeps that. */
function keptThinking(record: CallRecord, { thinking: mode = "drop" }: ModelSettings): CallRecord {
  const { outcome, thinking, content } = record;
  if (mode === "drop" || outcome !== "answered" || thinking === undefined) return record;
  if (mode === "score-without") return { ...record, keepsThinking: true };
  return { ...record, content: withThinking(thinking, content) };
}

/**
 * An agent without a model, for a custom node that asks none. Asking it is a mistake of that node.
 */
export function createSilentAgent({ name, role }: { name: string; role: string }): Agent {
  return {
    name,
    role,
    model: noModel,
    ask: async () => {
      throw new FellowshipError(
        "bad_usage",
        `the agent "${name}" has no model to ask: give it one in the topology, or with ` +
          `--model ${name}=SPEC`,
        { facts: { agent: name } },
      );
    },
  };
}
