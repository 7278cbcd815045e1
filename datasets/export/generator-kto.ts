import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import { defineExport } from "./export-kind.ts";
import { assistant, generatorName, type NumberedGeneration } from "./generation-lines.ts";
import { decidedAgainstBest } from "./member-lines.ts";
import { KtoLine, sameTexts } from "./preference-lines.ts";

export const generatorKto = defineExport({
  name: "multi-agent/generator.kto",
  schema: KtoLine,
  holds: "revisions with the conversation they came from; true where the revision won",
  linesOf: (row: NumberedGeneration, conversations: MemberConversations, note) =>
    decidedAgainstBest(row).flatMap(({ comparison, number, result }) => {
      const { round, challenger, incumbent, won } = comparison;
      // A revision of the same text neither won nor lost by its text.
      if (sameTexts(assistant(result, challenger), assistant(result, incumbent))) return [];
      const prompt = conversations.generator(result, round, result.responses[challenger]?.reviewer);
      if (prompt.length === 0) {
        note("not_shown");
        return [];
      }
      return [
        {
          id: result.id,
          prompt,
          completion: assistant(result, challenger),
          label: won === challenger,
          source: { row: number, round, agent: generatorName(result) },
        },
      ];
    }),
});
