import { createAgent, type Agent } from "../models/gate/agent.ts";
import type { Call, CallAddress } from "../models/call.ts";
import type { Gate } from "../models/gate/gate.ts";
import type { CallRecord } from "../state/calls/call-record.ts";
import type { Message } from "../state/message.ts";

/** What a model says in a test: a whole answer, or a call that ended in another way. */
export type Answer = string | (Pick<CallRecord, "outcome"> & Partial<CallRecord>);

/**
 * A gate that sends nothing: it writes down what each call was shown, and answers from a script.
 */
export type RecordingGate = Gate & {
  readonly calls: readonly Call[];
  /** An agent that asks through this gate. */
  agent(role: string, name?: string): Agent;
  /** `agent part turn` of every call, in the order they came. */
  addresses(): string[];
  /** The messages of the call at an address. */
  shown(address: string): readonly Message[];
  /** The text of the last message of the call at an address. */
  asked(address: string): string;
};

/**
 * @param script Answers by `agent part turn`, by `agent part` or by `agent`, the first that is
 *   there; or a function. A call without an answer throws, as it is a mistake in the test.
 */
export function createRecordingGate(
  script: Readonly<Record<string, Answer>> | ((call: Call) => Answer | Promise<Answer>),
): RecordingGate {
  const calls: Call[] = [];
  const answer = typeof script === "function" ? script : (call: Call) => lookUp(script, call);

  async function ask(call: Call): Promise<CallRecord> {
    calls.push({ ...call, messages: [...call.messages] });
    const said = await answer(call);
    const { agent, part, turn } = call.address;
    const read = typeof said === "string" ? { outcome: "answered" as const, content: said } : said;
    return {
      agent,
      part,
      turn,
      model: "test:model",
      content: "",
      finish: "stop",
      tokens: null,
      ...read,
    };
  }

  function shown(address: string): readonly Message[] {
    const found = calls.filter((call) => addressOf(call.address) === address);
    const [only] = found;
    if (only === undefined || found.length > 1) {
      throw new Error(
        `${found.length} calls at "${address}"; there are: ${addresses().join(", ")}`,
      );
    }
    return only.messages;
  }

  const addresses = () => calls.map(({ address }) => addressOf(address));
  const gate: Gate = { ask, answeredBefore() {}, halt() {}, abort() {}, halted: null };
  return {
    ...gate,
    calls,
    addresses,
    shown,
    asked: (address) => shown(address).at(-1)?.content ?? "",
    agent: (role, name = role) => createAgent({ name, role, endpoint: unused }, gate),
  };
}

/** How a test names a call: `judge round-2 0`, `generator 1`. */
export function addressOf({
  agent,
  part,
  turn,
}: Pick<CallAddress, "agent" | "part" | "turn">): string {
  return [agent, part, String(turn)].filter((word) => word !== "").join(" ");
}

function lookUp(script: Readonly<Record<string, Answer>>, { address }: Call): Answer {
  const { agent, part } = address;
  for (const key of [addressOf(address), `${agent} ${part}`, agent]) {
    const found = script[key];
    if (found !== undefined) return found;
  }
  throw new Error(`the script holds no answer for "${addressOf(address)}"`);
}

/** In the place of an agent's model; nothing here asks it. */
const unused = {
  spec: "test:model",
  settings: {},
  protocol: null,
  get chatModel(): never {
    throw new Error("a recording gate asks no model");
  },
} as const;
