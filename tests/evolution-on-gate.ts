import { createCoevol } from "../graphs/coevol.ts";
import { createCoevolJudge } from "../graphs/coevol-judge.ts";
import type { Evaluator } from "../graphs/parts/evaluator.ts";
import {
  createEvolveConversation,
  type EvolveConversationOptions,
} from "../graphs/evolve-conversation.ts";
import { createOnePass, type OnePassOptions } from "../graphs/one-pass.ts";
import { countTokens } from "../models/cost/count-tokens.ts";
import { advisorRole, type AdvisorView, fullView } from "../nodes/advisor.ts";
import { createCrossReview } from "../nodes/cross-review.ts";
import { createEditor, editorPromptShape } from "../nodes/editor.ts";
import { createJudge, judgePromptShapes } from "../nodes/judge.ts";
import { createDebaterPosition, sidePromptShape } from "../nodes/debater-position.ts";
import { loadPrompt, promptDirectory, type PromptShape } from "../prompts/load-prompt.ts";
import type { Message } from "../state/message.ts";
import type { RecordingGate } from "./recording-gate.ts";

/** CoEvol's graphs with the project's own prompts, on a gate that answers from a script. */

const own = (name: string, shape: PromptShape) => loadPrompt(promptDirectory, name, shape);

/** Everybody but the judge, by the names of their roles. */
export function membersOn(gate: RecordingGate, sees: AdvisorView = fullView) {
  const { name, prompt, create } = advisorRole;
  return {
    positive: sideOn(gate, "positive"),
    critical: sideOn(gate, "critical"),
    advisor: create({ agent: gate.agent(name), prompt: own(prompt.name, prompt.shape), sees }),
    editor: createEditor({ agent: gate.agent("editor"), prompt: own("editor", editorPromptShape) }),
  };
}

function sideOn(gate: RecordingGate, side: "positive" | "critical") {
  const prompt = own(`coevol-${side}`, sidePromptShape);
  const options = { agent: gate.agent("debater", side), prompt, side };
  return { position: createDebaterPosition(options), crossReview: createCrossReview(options) };
}

/** The judge that compares, asked once. */
export function coevolJudgeOn(gate: RecordingGate): Evaluator {
  const node = createJudge({
    agent: gate.agent("judge"),
    prompt: own("judge-compare", judgePromptShapes.compare),
    strategy: "compare",
    scale: 10,
    orders: "both",
    reasks: 0,
  });
  return createCoevolJudge({ judge: { name: "judge", node } });
}

export type CoevolOnGate = { readonly maxIterations?: number; readonly judge?: Evaluator };

/** The whole method over one answer; three iterations unless said. */
export function coevolOn(
  gate: RecordingGate,
  { maxIterations = 3, judge = coevolJudgeOn(gate) }: CoevolOnGate = {},
): ReturnType<typeof createCoevol> {
  return createCoevol({ ...membersOn(gate), judge, maxIterations });
}

/** One pass over one answer. */
export function onePassOn(
  gate: RecordingGate,
  mode: OnePassOptions["mode"],
): ReturnType<typeof createOnePass> {
  const sees = { "advise-edit-blind": "request", "advise-edit": "response" } as const;
  const seen = mode === "advise-edit-blind" || mode === "advise-edit" ? sees[mode] : fullView;
  return createOnePass({ ...membersOn(gate, seen), mode });
}

export type EvolveOnGate = CoevolOnGate &
  Partial<Pick<EvolveConversationOptions, "window" | "maxTurns" | "maxTokens">> & {
    readonly conversation: readonly Message[];
  };

/** Runs the whole method over a conversation. */
export async function evolveOn(
  gate: RecordingGate,
  { conversation, maxIterations, judge, ...options }: EvolveOnGate,
) {
  const evolution = coevolOn(gate, {
    ...(maxIterations === undefined ? {} : { maxIterations }),
    ...(judge === undefined ? {} : { judge }),
  });
  const graph = createEvolveConversation({
    evolution,
    window: 2,
    maxTurns: null,
    maxTokens: 2048,
    countTokens,
    ...options,
  });
  const row = { number: 1, id: "row-1" };
  return graph.invoke({ row, conversation: [...conversation] }, { recursionLimit: 500 });
}
