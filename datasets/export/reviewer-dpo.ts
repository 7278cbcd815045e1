import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import { defineExport } from "./export-kind.ts";
import type { NumberedGeneration } from "./generation-lines.ts";
import { branchNames, decidedBetweenSiblings, memberPair, sides } from "./member-lines.ts";
import { DpoLine } from "./preference-lines.ts";

export const reviewerDpo = defineExport({
  name: "multi-agent/reviewer.dpo",
  schema: DpoLine,
  holds: "two reviews of one response, from branching loops",
  linesOf: (row: NumberedGeneration, conversations: MemberConversations, note) =>
    decidedBetweenSiblings(row).flatMap(({ comparison, number, result }) => {
      const { chosen, rejected } = sides(comparison);
      const round = comparison.round - 1;
      const reviewBehind = (index: number) =>
        result.reviews.find(
          (review) =>
            review.round === round && review.reviewer === result.responses[index]?.reviewer,
        );
      const [good, bad] = [reviewBehind(chosen), reviewBehind(rejected)];
      if (good === undefined || bad === undefined) return [];
      return memberPair(
        note,
        {
          chosen: [{ role: "assistant", content: good.text }],
          rejected: [{ role: "assistant", content: bad.text }],
        },
        {
          chosen: conversations.reviewer(result, good.reviewer, round),
          rejected: conversations.reviewer(result, bad.reviewer, round),
        },
        result.id,
        { row: number, round, agent: "reviewer", ...branchNames(result, chosen, rejected) },
      );
    }),
});
