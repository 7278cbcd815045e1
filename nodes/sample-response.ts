import type { Agent } from "../models/gate/agent.ts";
import type { Prompt } from "../prompts/load-prompt.ts";
import type { GeneratorState } from "../state/generator-state.ts";
import { givenRounds, lastRound } from "../state/rounds.ts";
import { generatorConversation, responseFrom } from "./generator.ts";

/** The generator asked once more for the same prompt, as if it were the first time: one sample of several. */
export function createSampleResponse({ agent, prompt }: { agent: Agent; prompt: Prompt }) {
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
