import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { noModel } from "../../models/providers/model-spec.ts";
import { conversationText } from "../../prompts/fence.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { buildEvaluator } from "../../topologies/build/build-evaluator.ts";
import { buildGenerator } from "../../topologies/build/build-generator.ts";
import { evaluatorKind } from "../../topologies/kinds/evaluators.ts";
import { single, type SingleTopology } from "../../topologies/kinds/single.ts";
import { defineCommand } from "../engine/define-command.ts";
import type { JobEnd } from "../engine/job.ts";
import { counted } from "../../state/counted.ts";
import type { AgentTopology } from "../../topologies/schema/agent-schema.ts";
import type { CommandOptions } from "../command-options.ts";
import { createEvaluationJob, type GivenPair } from "../evaluate/evaluation-job.ts";
import { pairSizes } from "../evaluate/pair-sizes.ts";
import { roughTokens, type Forecast } from "../forecast/forecast.ts";
import { createGenerationJob } from "../generate/generation-job.ts";
import type { Tally } from "../accounting/tally.ts";
import type { RowCounts } from "../../state/row-result.ts";
import {
  measureTaughtGain,
  type TaughtGain,
  type TaughtRow,
} from "../../statistics/trust/taught-gain.ts";
import type { TaughtTopology } from "./taught-topology.ts";
import { guidelinesQuestion, readGuidelines, type Mistake } from "./guidelines-writer.ts";

/** What guidelines are written from and measured by. */
export type GuidelinesStage = {
  readonly evaluator: TaughtTopology;
  readonly writer: SingleTopology;
  readonly mistakes: readonly Mistake[];
  readonly heldOut: readonly (Pick<TaughtRow, "prompt" | "wasRight"> & {
    readonly label: string;
  })[];
  /** The held-out rows, a line each. */
  readonly heldOutText: string;
};

/** Guidelines that were proposed, and what they changed on the held-out rows. */
export type ProposedGuidelines = TaughtGain & {
  readonly guidelines: readonly string[];
  /** Of writing and judging. */
  readonly calls: number;
  readonly usd: number;
};

/** Why there are no guidelines. */
export type NoGuidelines = {
  readonly reason: string;
  readonly calls: number;
  readonly usd: number;
};

/** How the stage ended: with a proposal, without one, or before its time. */
export type GuidelinesEnd =
  | { readonly kind: "proposed"; readonly proposal: ProposedGuidelines }
  | { readonly kind: "none"; readonly none: NoGuidelines }
  | { readonly kind: "stopped"; readonly end: JobEnd<Tally & RowCounts> };

const folder = "guidelines";
const agentName = "guidelines-writer";

/**
 * The topology of one call to the model that writes guidelines: the given one, or that of the
 * evaluator's first judge. Null where no judge can write.
 */
export function writerOf(
  topology: TaughtTopology,
  model: string | undefined,
): SingleTopology | null {
  const judges = judgesOf(topology);
  const first = judges.find(({ api, node }) => api === undefined && node === undefined);
  const { temperature, params, baseUrls, thinking, timeoutMs, systemRole, price } = first ?? {};
  const own = { model: first?.model, params, baseUrls, thinking, timeoutMs, systemRole, price };
  const settings = model === undefined ? own : { model };
  if (settings.model === undefined || settings.model === noModel) return null;
  const generator = { ...settings, temperature, name: agentName };
  const { limits } = topology;
  // Keys without a value are left out, as in a file.
  return single.schema.parse(
    JSON.parse(JSON.stringify({ graph: "single", limits, agents: { generator } })),
  );
}

function judgesOf(topology: TaughtTopology): readonly AgentTopology[] {
  if (topology.graph === "judge") return [topology.agents.judge];
  return topology.graph === "jury" ? topology.agents.jurors : topology.agents.debaters;
}

/** About what a proposal comes to, for a forecast. */
const roughGuidelines = Array.from({ length: 6 }, (_, at) => `${at} ${"guideline ".repeat(16)}`);

/** What the stage would ask: one call that writes, and the held-out rows. */
export async function forecastGuidelines(
  stage: GuidelinesStage,
  options: CommandOptions,
): Promise<(readonly [name: string, forecast: Forecast])[]> {
  return withInputs(stage, async ({ question, heldOut }) => {
    const at = (name: string) => (options.fresh ? "" : join(options.directory, folder, name));
    const writing = { ...options, input: question, directory: at("writing") };
    const judging = { ...options, input: heldOut, directory: at("judging") };
    const taught = { ...stage.evaluator, guidelines: roughGuidelines };
    return [
      ["writing guidelines", await writingCommand(stage.writer).forecast("", writing)],
      ["judging by guidelines", await judgingCommand(taught).forecast("", judging)],
    ];
  });
}

/**
 * Has guidelines written from the mistakes, as a run of its own, and the held-out rows judged by
 * them, as another; a stage that was broken off goes on. The guidelines are in `guidelines.md`
 * before they are tried.
 */
export async function proposeGuidelines(
  stage: GuidelinesStage,
  options: CommandOptions,
): Promise<GuidelinesEnd> {
  const directory = join(options.directory, folder);
  return withInputs(stage, async ({ question, heldOut }) => {
    const writing = { ...options, input: question, directory: join(directory, "writing") };
    const written = await writingCommand(stage.writer).run("", writing);
    const spent = spentUsd(written);
    const { calls, failed } = written.summary;
    if (isStopped(written)) return { kind: "stopped", end: written };
    const why = written.failures[0];
    if (failed > 0) {
      const reason = `the model gave none (${why?.reason ?? "failed"}: ${why?.detail ?? ""})`;
      return { kind: "none", none: { reason, calls, usd: spent } };
    }
    const guidelines = readGuidelines(await answerIn(writing.directory));
    if (guidelines.length === 0) {
      const reason = "the model's answer holds no list of guidelines";
      return { kind: "none", none: { reason, calls, usd: spent } };
    }
    await replaceFile(join(directory, "guidelines.md"), page(guidelines, stage));
    const budgetUsd =
      options.budgetUsd === undefined ? undefined : Math.max(0, options.budgetUsd - spent);
    const judging = {
      ...options,
      budgetUsd,
      input: heldOut,
      directory: join(directory, "judging"),
    };
    const judged = await judgingCommand({ ...stage.evaluator, guidelines }).run("", judging);
    if (isStopped(judged)) return { kind: "stopped", end: judged };
    const proposal = {
      guidelines,
      ...measureTaughtGain(await rowsJudged(judging.directory, stage)),
      calls: calls + judged.summary.calls,
      usd: spent + spentUsd(judged),
    };
    return { kind: "proposed", proposal };
  });
}

function isStopped({ stoppedBy, summary }: JobEnd<Tally & RowCounts>): boolean {
  return stoppedBy !== null || summary.pending > 0;
}

function spentUsd({ spent }: JobEnd<unknown>): number {
  return spent.usd + spent.unknownUsd;
}

function writingCommand(topology: SingleTopology) {
  return defineCommand({
    open: async () => ({
      topology,
      steps: single.generate.forecast(topology),
      assumptions: [],
      build: (context) => buildGenerator(topology, context),
    }),
    sizesOf: ({ messages }) => ({
      prompt: roughTokens(conversationText(messages)),
      response: null,
    }),
    job: createGenerationJob,
  });
}

function judgingCommand(topology: TaughtTopology) {
  return defineCommand({
    open: async () => ({
      topology,
      steps: evaluatorKind(topology).evaluate.forecast(topology),
      assumptions: [],
      build: (context) => buildEvaluator(topology, context),
    }),
    sizesOf: (row: GivenPair) => pairSizes(row, topology),
    job: createEvaluationJob,
  });
}

/** The inputs of both runs as files, for as long as they are used. */
async function withInputs<Result>(
  { mistakes, heldOutText }: GuidelinesStage,
  use: (inputs: { readonly question: string; readonly heldOut: string }) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "fellowship-"));
  const inputs = {
    question: join(directory, "question.jsonl"),
    heldOut: join(directory, "held-out.jsonl"),
  };
  try {
    const asked = { id: folder, messages: guidelinesQuestion(mistakes) };
    await writeFile(inputs.question, `${JSON.stringify(asked)}\n`);
    await writeFile(inputs.heldOut, heldOutText);
    return await use(inputs);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const answeredLine = z.object({ responses: z.array(z.object({ text: z.string() })).min(1) });

async function answerIn(directory: string): Promise<string> {
  const [line = ""] = (await readFile(join(directory, "rows.jsonl"), "utf8")).split("\n");
  return answeredLine.parse(JSON.parse(line)).responses[0]?.text ?? "";
}

const judgedLine = z.object({ row: z.number(), winner: z.string() });

/** The held-out rows, those that failed as ones that the taught evaluator gets wrong. */
async function rowsJudged(directory: string, { heldOut }: GuidelinesStage): Promise<TaughtRow[]> {
  const lines = (await readFile(join(directory, "rows.jsonl"), "utf8")).split("\n");
  const winners = new Map(
    lines.flatMap((line) => {
      if (line === "") return [];
      const { row, winner } = judgedLine.parse(JSON.parse(line));
      return [[row, winner] as const];
    }),
  );
  return heldOut.map(({ prompt, wasRight, label }, at) => ({
    prompt,
    wasRight,
    isRight: winners.get(at + 1) === label,
  }));
}

function page(guidelines: readonly string[], { mistakes, writer }: GuidelinesStage): string {
  const { model } = writer.agents.generator;
  const list = guidelines.map((text) => `- ${text}\n`).join("");
  return (
    `# Proposed guidelines\n\nWritten by ${model} from ${counted(mistakes.length, "mistake")} of ` +
    "the evaluator. They are a proposal: `summary.json` says under `teaching` whether they help " +
    `beyond noise.\n\n${list}`
  );
}
