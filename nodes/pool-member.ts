import type { RunnableConfig } from "@langchain/core/runnables";
import type { CallRecord } from "../state/calls/call-record.ts";
import type { GeneratorState } from "../state/generation/generator-state.ts";
import type { Response } from "../state/response.ts";
import type { GeneratorNodeFunction } from "./role.ts";

export type PoolMemberOptions = {
  /** The agent's name, which its responses bear. */
  readonly name: string;
  /** Answers the prompt once more at each call; `createSampleResponse`, or a custom node. */
  readonly node: GeneratorNodeFunction;
  /** How many answers it gives. */
  readonly samples: number;
  /** How many answers the generators before it in the topology give: its own are numbered on. */
  readonly before: number;
};

/**
 * A generator of a pool: gives its answers one after another, and sees none of the others'. It ends
 * at its first failed call, with the answers that it has.
 */
export function createPoolMember({ name, node, samples, before }: PoolMemberOptions) {
  return async function generator(
    state: typeof GeneratorState.State,
    config?: RunnableConfig,
  ): Promise<typeof GeneratorState.Update> {
    const own: Response[] = [];
    const transcript: CallRecord[] = [];
    for (let sample = 1; sample <= samples; sample += 1) {
      const update = await node({ ...state, responses: own }, config);
      transcript.push(...((update.transcript ?? []) as CallRecord[]));
      const [response] = (update.responses ?? []) as Response[];
      if (response === undefined) {
        const endedEarly = update.failure ?? update.endedEarly;
        return { responses: numbered(own), transcript, endedEarly };
      }
      own.push(response);
    }
    return { responses: numbered(own), transcript };
  };

  function numbered(own: readonly Response[]): Response[] {
    return own.map((response) => ({ ...response, round: before + response.round, agent: name }));
  }
}
