import * as z from "zod";
import { createDebateReviewer } from "../../graphs/debate-reviewer.ts";
import { agent, agentName, section } from "../schema/agent-schema.ts";
import { participants } from "../schema/shared-keys.ts";
import type { BuildSession } from "../session/build-session.ts";
import { advisor, debater } from "./coevol-members.ts";
import { debate } from "./debate.ts";
import { fullView } from "../../nodes/advisor.ts";

/** A debate in the place of a reviewer: CoEvol's members without its editor and its judge. */
export const debateReviewer = section({
  graph: z.literal(debate.graph).describe("CoEvol's debaters and advisor review the response"),
  name: agentName.optional(),
  agents: participants({
    positive: agent.describe("The debater who looks for what is good"),
    critical: agent.describe("The debater who looks for what is wrong"),
    advisor: agent.describe("Keeps what is credible, as suggestions: the review"),
  }),
}).meta({ id: "debate-reviewer", description: "A debate that ends in advice" });
export type DebateReviewerTopology = z.infer<typeof debateReviewer>;

/** Its graph, as the node of a reviewer. */
export async function debateReviewerNode(
  { name = "", agents }: DebateReviewerTopology,
  session: BuildSession,
): Promise<ReturnType<typeof createDebateReviewer>> {
  return createDebateReviewer({
    name,
    positive: await debater("positive", agents.positive, session),
    critical: await debater("critical", agents.critical, session),
    advisor: await advisor(fullView, agents.advisor, session),
  });
}
