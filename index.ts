/** What projects import from "fellowship". Everything else is internal and may move. */

// Graphs: the methods, put together from nodes.
export { createChain, type ChainOptions } from "./graphs/chain.ts";
export { createCascade, type CascadeOptions, type CascadeStep } from "./graphs/cascade.ts";
export { createChecks, type ChecksOptions } from "./graphs/checks.ts";
export { createCoevol, type CoevolOptions } from "./graphs/coevol.ts";
export { createDebate, type DebateOptions } from "./graphs/debate.ts";
export { createDebateReviewer, type DebateReviewerOptions } from "./graphs/debate-reviewer.ts";
export {
  createEvolveConversation,
  type EvolveConversationOptions,
} from "./graphs/evolve-conversation.ts";
export { createFeedbackLoop, type FeedbackLoopOptions } from "./graphs/feedback-loop.ts";
export { createJudgeGraph, type JudgeGraphOptions } from "./graphs/judge.ts";
export { createJury, type JuryOptions } from "./graphs/jury.ts";
export { createOnePass, type OnePassOptions } from "./graphs/one-pass.ts";
export { createPool, type PoolOptions } from "./graphs/pool.ts";
export { createSingle, type SingleOptions } from "./graphs/single.ts";
export { drawGraph } from "./graphs/drawing/draw-graph.ts";
export { drawGraphAsSvg } from "./graphs/drawing/draw-graph-svg.ts";
export type { Evaluator } from "./graphs/parts/evaluator.ts";
export type { EvaluatorGraph, GeneratorGraph } from "./graphs/parts/runnable-graph.ts";

// Nodes: a role each, and the steps that ask no model.
export {
  createAdvisor,
  advisorPromptShape,
  type AdvisorFactory,
  type AdvisorOptions,
} from "./nodes/advisor.ts";
export { createCrossReview, createSide, type SideFactory } from "./nodes/cross-review.ts";
export {
  createDebaterPosition,
  sidePromptShape,
  type SideOptions,
} from "./nodes/debater-position.ts";
export {
  createDebater,
  createDebaterNodes,
  createDebaterVote,
  debaterPromptShape,
  personaShape,
  type DebaterFactory,
  type DebaterOptions,
} from "./nodes/debater.ts";
export { createCheckResponses, type CheckResponsesOptions } from "./nodes/check-responses.ts";
export { builtInChecks } from "./nodes/checks/built-in-checks.ts";
export type { Check, CheckContext, CheckResponse, CheckResult } from "./nodes/checks/check.ts";
export { createEditor, editorPromptShape, type EditorFactory } from "./nodes/editor.ts";
export {
  createGenerator,
  generatorConversation,
  generatorPromptShape,
  type GeneratorFactory,
  type GeneratorOptions,
} from "./nodes/generator.ts";
export {
  createJudge,
  judgePromptShapes,
  type JudgeFactory,
  type JudgeOptions,
} from "./nodes/judge.ts";
export {
  createReviewer,
  reviewerConversation,
  reviewerPromptShape,
  type ReviewerFactory,
} from "./nodes/reviewer.ts";
export { createPoolMember, type PoolMemberOptions } from "./nodes/pool-member.ts";
export { createSampleResponse } from "./nodes/sample-response.ts";
export { createAcceptRewrite } from "./nodes/steps/accept-rewrite.ts";
export { createAggregateVotes, type AggregateVotesOptions } from "./nodes/steps/aggregate-votes.ts";
export { createApplyRewrite, type ApplyRewriteOptions } from "./nodes/steps/apply-rewrite.ts";
export { createChallengeRewrite } from "./nodes/steps/challenge-rewrite.ts";
export { createChallenge } from "./nodes/steps/challenge.ts";
export { createChoose } from "./nodes/steps/choose.ts";
export { createCloseDebate } from "./nodes/steps/close-debate.ts";
export { createCollectBranches } from "./nodes/steps/collect-branches.ts";
export { createCollectPool } from "./nodes/steps/collect-pool.ts";
export { createCollectReviews } from "./nodes/steps/collect-reviews.ts";
export { createMatch } from "./nodes/steps/match.ts";
export { createOpenDebate } from "./nodes/steps/open-debate.ts";
export { createRankResponses } from "./nodes/steps/rank-responses.ts";
export type {
  EvaluatorNodeFunction,
  EvolutionNodeFunction,
  GeneratorNodeFunction,
  MemberOptions,
  NodeFunction,
  Role,
} from "./nodes/role.ts";
export { readReview } from "./nodes/reading/read-review.ts";
export { readChoice, readComparison, readScore, readScores } from "./nodes/reading/read-verdict.ts";

// Topologies in code, for `fellowship generate FILE.ts` and `fellowship evaluate FILE.ts`.
export {
  defineEvaluator,
  defineGenerator,
  defineTopology,
  type AgentInCode,
  type EvaluatorDefinition,
  type EvaluatorInCode,
  type GeneratorDefinition,
  type TopologyInCode,
  type TopologyParts,
} from "./topologies/build/define-topology.ts";
export { drawTopology, drawTopologyAsSvg, type DrawOptions } from "./topologies/draw-topology.ts";

// Models: agents ask through a gate, which holds the retries, the budget and the limits.
export { createAgent, createSilentAgent, type Agent, type Question } from "./models/gate/agent.ts";
export type { Call, CallAddress, Expectation } from "./models/call.ts";
export { createBudget, type Budget, type BudgetOptions } from "./models/cost/budget.ts";
export { loadPrices, priceTable, type Price, type PriceOf } from "./models/cost/prices.ts";
export type { Endpoint } from "./models/endpoint.ts";
export type { ModelSettings } from "./models/model-settings.ts";
export { createGate, type Gate, type GateOptions } from "./models/gate/gate.ts";
export { createEndpoint, type Environment } from "./models/providers/create-endpoint.ts";

// Prompts.
export { conversationText, createFence, type Fence } from "./prompts/fence.ts";
export {
  listPrompts,
  loadPrompt,
  promptDirectory,
  type Prompt,
  type PromptShape,
} from "./prompts/load-prompt.ts";

// Evals: one row through a topology, a comparison of two texts, and evaluators in the shape of
// openevals.
export { openComparison } from "./evals/open-comparison.ts";
export {
  openRowWorker,
  type EvaluatorWorker,
  type EvolutionWorker,
  type GeneratorWorker,
  type RowWorker,
  type RowWorkerOptions,
} from "./evals/row-worker.ts";
export { agreesWithPeople } from "./evals/evaluators/agrees-with-people.ts";
export { type Compare, type Preferred } from "./evals/evaluators/compare-texts.ts";
export { createGain, type GainOptions } from "./evals/evaluators/create-gain.ts";
export { createPreference, type PreferenceOptions } from "./evals/evaluators/create-preference.ts";
export type {
  EvaluatorParams,
  EvaluatorResult,
  RowEvaluator,
} from "./evals/evaluators/row-evaluator.ts";

// Whole runs, as the commands of the same names make them.
export type { CommandOptions } from "./runs/command-options.ts";
export { evaluate, forecastEvaluate } from "./runs/evaluate/evaluate.ts";
export { evolve, forecastEvolve } from "./runs/evolve/evolve.ts";
export { forecastGenerate, generate } from "./runs/generate/generate.ts";
export { createProgress, type Progress } from "./runs/progress/progress.ts";

// State: what nodes read and return.
export type { CallRecord, TokenUsage } from "./state/calls/call-record.ts";
export type { Candidate, CandidatePair } from "./state/candidate.ts";
export type { Comparison, Contest } from "./state/evaluation/comparison.ts";
export { EvaluatorState, evaluatorSchemas } from "./state/evaluation/evaluator-state.ts";
export { EvolutionState, evolutionSchemas } from "./state/generation/evolution-state.ts";
export type { Failure } from "./state/calls/failure.ts";
export { FellowshipError, isFellowshipError, type ErrorCode } from "./state/fellowship-error.ts";
export {
  GeneratorState,
  generatorSchemas,
  improvementSchemas,
} from "./state/generation/generator-state.ts";
export type { Message } from "./state/message.ts";
export type { Outcome } from "./state/calls/outcome.ts";
export { joinPart } from "./state/calls/part.ts";
export type { Response, Review } from "./state/response.ts";
export { bestOfRound, lastRound, responsesOfRound } from "./state/generation/rounds.ts";
export type { RowAddress } from "./state/calls/row-address.ts";
export type { EvaluationResult, EvolutionResult, GenerationResult } from "./state/row-result.ts";
export type { Scores, Verdict, Vote, Winner } from "./state/verdict.ts";
