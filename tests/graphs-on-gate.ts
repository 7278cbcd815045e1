import { createDebate, type DebateOptions } from "../graphs/debate.ts";
import type { Evaluator } from "../graphs/parts/evaluator.ts";
import { createFeedbackLoop, type FeedbackLoopOptions } from "../graphs/feedback-loop.ts";
import { createJudgeGraph } from "../graphs/judge.ts";
import { createJury } from "../graphs/jury.ts";
import { createSingle, type SingleOptions } from "../graphs/single.ts";
import type { Aggregate } from "../nodes/steps/aggregate-votes.ts";
import {
  createDebater,
  createDebaterVote,
  debaterPromptShape,
  personaShape,
} from "../nodes/debater.ts";
import { createGenerator, generatorPromptShape } from "../nodes/generator.ts";
import { createJudge, judgePromptShapes, type JudgeOptions } from "../nodes/judge.ts";
import { createReviewer, reviewerPromptShape } from "../nodes/reviewer.ts";
import { createSampleResponse } from "../nodes/sample-response.ts";
import {
  loadPrompt,
  promptDirectory,
  type Prompt,
  type PromptShape,
} from "../prompts/load-prompt.ts";
import type { CandidatePair } from "../state/candidate.ts";
import type { GeneratorNode } from "../state/generation/generator-state.ts";
import type { Message } from "../state/message.ts";
import { createRecordingGate, type RecordingGate } from "./recording-gate.ts";

/** The graphs with the project's own prompts, on a gate that answers from a script. */

const own = (name: string, shape: PromptShape): Prompt => loadPrompt(promptDirectory, name, shape);

export const question: readonly Message[] = [{ role: "user", content: "Why is the sky blue?" }];
export const pair: CandidatePair = { a: { text: "It scatters." }, b: { text: "It reflects." } };
/** What an evaluator is given in tests. */
export const asked = { row: { number: 1, id: "row-1" }, prompt: [...question], pair };

/** How judges and jurors are asked, and what becomes of a verdict that can't be read. */
export type AskingOptions = Omit<JudgeOptions, "agent" | "prompt"> & {
  readonly onUnparsed: "tie" | "fail";
};

const asking: AskingOptions = {
  strategy: "combined",
  scale: 10,
  orders: "ab",
  onUnparsed: "tie",
  reasks: 0,
};

/** A judge by the name of `judge`; combined scoring out of 10, no re-asks. */
export function judgeOn(gate: RecordingGate, options: Partial<AskingOptions> = {}): Evaluator {
  const { onUnparsed, ...settings } = { ...asking, ...options };
  const prompt = own(`judge-${settings.strategy}`, judgePromptShapes[settings.strategy]);
  const node = createJudge({ agent: gate.agent("judge"), prompt, ...settings });
  return createJudgeGraph({ judge: { name: "judge", node }, onUnparsed });
}

export type JuryOnGate = Partial<AskingOptions> & {
  readonly aggregate?: Aggregate;
  readonly weights?: Readonly<Record<string, number>>;
};

/** Jurors by the names given. */
export function juryOn(
  gate: RecordingGate,
  jurors: readonly string[],
  { aggregate = "plurality", weights = {}, ...options }: JuryOnGate = {},
): Evaluator {
  const { onUnparsed, ...settings } = { ...asking, ...options };
  const prompt = own(`judge-${settings.strategy}`, judgePromptShapes[settings.strategy]);
  return createJury({
    jurors: jurors.map((name) => ({
      name,
      node: createJudge({ agent: gate.agent("juror", name), prompt, ...settings }),
      weight: weights[name],
    })),
    aggregate,
    onUnparsed,
  });
}

export type DebateOnGate = Partial<Omit<DebateOptions, "debaters">> & { readonly reasks?: number };

/** Debaters who all have the critic's persona, whatever their names. */
export function debateOn(
  gate: RecordingGate,
  debaters: readonly string[],
  { reasks = 0, ...options }: DebateOnGate = {},
): Evaluator {
  return createDebate({
    rounds: 2,
    aggregate: "mean",
    onUnparsed: "tie",
    ...options,
    debaters: debaters.map((name) => {
      const debater = {
        agent: gate.agent("debater", name),
        prompt: own("debater", debaterPromptShape),
        persona: own("critic", personaShape),
      };
      return {
        name,
        talk: createDebater(debater),
        vote: createDebaterVote(debater, { scale: 10, reasks }),
      };
    }),
  });
}

export type LoopOnGate = Partial<
  Pick<FeedbackLoopOptions, "iterations" | "stopScore" | "evaluator" | "improves">
> & {
  readonly reviewers?: readonly string[];
  /** Reviewers of other kinds, after those. */
  readonly nodes?: Readonly<Record<string, GeneratorNode>>;
  readonly branch?: boolean;
};

/**
 * A feedback loop of `generator`, reviewers by the names given (`reviewer`), and `judge`, over
 * three rounds.
 */
export function loopOn(
  gate: RecordingGate,
  { reviewers = ["reviewer"], nodes = {}, branch = false, ...options }: LoopOnGate = {},
): ReturnType<typeof createFeedbackLoop> {
  const generator = {
    agent: gate.agent("generator"),
    prompt: own("generator", generatorPromptShape),
  };
  const prompt = own("reviewer", reviewerPromptShape);
  return createFeedbackLoop({
    generator: createGenerator(generator),
    reviewers: [
      ...reviewers.map((name) => ({
        name,
        node: createReviewer({ agent: gate.agent("reviewer", name), prompt }),
      })),
      ...Object.entries(nodes).map(([name, node]) => ({ name, node })),
    ],
    evaluator: judgeOn(gate),
    iterations: 3,
    branch: branch ? (reviewer) => createGenerator({ ...generator, reviewer }) : undefined,
    ...options,
  });
}

/** Runs a feedback loop on a script of answers, over `question` unless another prompt is given. */
export async function runLoop(
  script: Parameters<typeof createRecordingGate>[0],
  { prompt = question, ...options }: LoopOnGate & { readonly prompt?: readonly Message[] } = {},
) {
  const gate = createRecordingGate(script);
  const input = { row: { number: 1, id: "row-1" }, prompt: [...prompt] };
  const result = await loopOn(gate, options).invoke(input, { recursionLimit: 200 });
  return { gate, result };
}

/** A single generator; with more than one sample, and `judge` to choose. */
export function singleOn(
  gate: RecordingGate,
  samples: number,
  { improves = false }: Pick<SingleOptions, "improves"> = {},
): ReturnType<typeof createSingle> {
  const generator = {
    agent: gate.agent("generator"),
    prompt: own("generator", generatorPromptShape),
  };
  return createSingle({
    generator: createSampleResponse(generator),
    samples,
    improves,
    evaluator: samples > 1 || improves ? judgeOn(gate) : null,
  });
}
