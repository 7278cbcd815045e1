import type { GeneratorState } from "../state/generation/generator-state.ts";
import { givenRounds, lastRound } from "../state/generation/rounds.ts";
import { generatorConversation, responseFrom } from "./generator.ts";
import type { MemberOptions } from "./role.ts";

/**
 * The generator answers the same prompt once more, as if for the first time: one of several
 * samples.
 */
export function createSampleResponse({ agent, prompt }: MemberOptions) {
  return async function generator(
    state: typeof GeneratorState.State,
  ): Promise<typeof GeneratorState.Update> {
    const round = lastRound(state) + 1;
    const sample = round - givenRounds(state);
    const record = await agent.ask({
      row: state.row,
      part: state.place,
      turn: sample - 1,
      messages: generatorConversation(state, prompt, 1),
      expects: { kind: "text", form: "response" },
    });
    return responseFrom(record, `sample ${sample}`, { round });
  };
}
