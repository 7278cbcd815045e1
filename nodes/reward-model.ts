import type { Agent } from "../models/gate/agent.ts";
import { callCount } from "../state/calls/call-counts.ts";
import type { CallRecord } from "../state/calls/call-record.ts";
import { joinPart } from "../state/calls/part.ts";
import type { Candidate } from "../state/candidate.ts";
import type { EvaluatorState, Reading } from "../state/evaluation/evaluator-state.ts";
import type { Message } from "../state/message.ts";

/**
 * A reward model in place of a judge: it is shown the conversation with each response alone, side
 * by side and without a prompt, and its answer is a number on a scale of its own. An answer that is
 * none is not asked for again: it would be the same.
 */
export function createRewardModel({ agent }: { readonly agent: Agent }) {
  return async function rewardModel(
    state: typeof EvaluatorState.State,
  ): Promise<{ readings: Reading[]; transcript: CallRecord[] }> {
    const transcript = await Promise.all(
      (["a", "b"] as const).map((view) => {
        const part = joinPart(state.part, view);
        return agent.ask({
          row: state.row,
          part,
          turn: callCount(state.asked, agent.name, part),
          messages: conversationWith(state.pair[view], state.prompt),
          expects: { kind: "reward" },
        });
      }),
    );
    const [a, b] = transcript as [CallRecord, CallRecord];
    return { readings: [readingOf(agent, "a", a), readingOf(agent, "b", b)], transcript };
  };
}

/** The conversation that ends with the response. */
function conversationWith({ text, messages }: Candidate, request: readonly Message[]) {
  return messages ?? [...request, { role: "assistant" as const, content: text }];
}

function readingOf(agent: Agent, view: "a" | "b", record: CallRecord): Reading {
  const { outcome, detail, content } = record;
  return {
    agent: agent.name,
    model: agent.model,
    view,
    outcome,
    ...(detail === undefined ? {} : { detail }),
    winner: null,
    scores: null,
    score: outcome === "answered" ? parseReward(content) : null,
  };
}

/** The number that a text is; null where it is none, or not finite. */
function parseReward(text: string): number | null {
  const written = text.trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(written)) return null;
  const reward = Number(written);
  return Number.isFinite(reward) ? reward : null;
}
