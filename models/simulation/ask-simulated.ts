import type { Message } from "../../state/message.ts";
import type { Expectation } from "../call.ts";
import { answerIn, type InProcessCallOptions } from "../in-process/in-process.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";
import { createSimChatModel } from "./sim-chat-model.ts";

/**
 * A question to a simulated model without a gate around it, for tests; the answer as it would go
 * into a journal.
 */
export type SimulatedQuestion = {
  readonly role: string;
  readonly expects?: Expectation;
  readonly row?: number;
  readonly agent?: string;
  readonly part?: string;
  readonly turn?: number;
  readonly messages?: readonly Message[];
};

type InProcessAnswer = Extract<RawAnswer, { kind: "in-process" }>;

/** Makes a simulated model that can be asked directly. */
export function askSimulated(
  spec: string,
): (question: SimulatedQuestion) => Promise<InProcessAnswer> {
  const model = createSimChatModel(spec);
  return async ({
    role,
    expects = { kind: "text" },
    row = 1,
    agent = role,
    part = "",
    turn = 0,
    messages = [],
  }) => {
    const address = { row: { number: row, id: `row-${row}` }, agent, part, turn };
    const options: InProcessCallOptions = { call: { address, role, expects, messages } };
    const { generations } = await model._generate([], options);
    const [generation] = generations;
    if (generation === undefined) throw new Error("no generation");
    const answer = answerIn(generation.message);
    if (answer.kind !== "in-process") throw new Error(`an answer of kind ${answer.kind}`);
    return answer;
  };
}
