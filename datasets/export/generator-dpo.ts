import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import { defineExport } from "./export-kind.ts";
import { assistant, generatorName, type NumberedGeneration } from "./generation-lines.ts";
import { branchNames, decidedBetweenSiblings, memberPair, sides } from "./member-lines.ts";
import { DpoLine } from "./preference-lines.ts";

export const generatorDpo = defineExport({
  name: "multi-agent/generator.dpo",
  schema: DpoLine,
  holds: "two revisions of one response, from branching loops",
  linesOf: (row: NumberedGeneration, conversations: MemberConversations, note) =>
    decidedBetweenSiblings(row).flatMap(({ comparison, number, result }) => {
      const { chosen, rejected } = sides(comparison);
      const { round } = comparison;
      const shown = (index: number) =>
        conversations.generator(result, round, result.responses[index]?.reviewer);
      return memberPair(
        note,
        { chosen: assistant(result, chosen), rejected: assistant(result, rejected) },
        { chosen: shown(chosen), rejected: shown(rejected) },
        result.id,
        {
          row: number,
          round,
          agent: generatorName(result),
          ...branchNames(result, chosen, rejected),
        },
      );
    }),
});
