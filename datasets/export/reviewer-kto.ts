import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import { defineExport } from "./export-kind.ts";
import type { NumberedGeneration } from "./generation-lines.ts";
import { decidedAgainstBest } from "./member-lines.ts";
import { KtoLine } from "./preference-lines.ts";

export const reviewerKto = defineExport({
  name: "multi-agent/reviewer.kto",
  schema: KtoLine,
  holds: "reviews with what the reviewer was shown; true where the revision after it won",
  linesOf: (row: NumberedGeneration, conversations: MemberConversations, note) =>
    decidedAgainstBest(row).flatMap(({ comparison, number, result }) => {
      const { round, challenger, won } = comparison;
      const branch = result.responses[challenger]?.reviewer;
      return result.reviews
        .filter((review) => review.round === round - 1)
        .filter((review) => branch === undefined || review.reviewer === branch)
        .flatMap((review) => {
          const prompt = conversations.reviewer(result, review.reviewer, review.round);
          // A debate's review has no one conversation, and only a custom node knows its own.
          if (prompt.length === 0) {
            note("not_shown");
            return [];
          }
          return [
            {
              id: result.id,
              prompt,
              completion: [{ role: "assistant" as const, content: review.text }],
              label: won === challenger,
              source: { row: number, round: review.round, agent: review.reviewer },
            },
          ];
        });
    }),
});
