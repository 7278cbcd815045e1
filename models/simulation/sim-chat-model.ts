import { setTimeout as sleep } from "node:timers/promises";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import type { Call } from "../call.ts";
import { callIn, inProcessResult, type InProcessCallOptions } from "../in-process/in-process.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";
import { authorCode } from "./quality-marker.ts";
import { createDraws } from "./seeded-draws.ts";
import { parseSimulation, type Simulation } from "./sim-parameters.ts";
import {
  writeChoice,
  writeComparison,
  writePairScores,
  writeReview,
  writeReward,
  writeSingleScore,
  writeUnreadable,
} from "./verdict-forms.ts";
import { writeText, type Writer } from "./written-texts.ts";

const charactersInToken = 4;

/**
 * A simulated chat model, for plumbing, load and statistics. It is told which call it answers, and
 * writes a text that says it is simulated. Its responses hide a quality that simulated reviewers,
 * judges and editors see; what it does follows from its parameters (`simulationParameters`), and
 * the figures to expect from `predict.ts`.
 *
 * The same parameters, name and call give the same bytes, in whatever order and however many at a
 * time calls come. Models of one name and seed have the same luck at the same call: where two are
 * to differ by chance, name them apart.
 *
 * @param model What stands behind `sim:` in a model spec.
 * @throws FellowshipError `bad_usage` for parameters that are unknown or out of range.
 * @example createSimChatModel("oak?skill=0.8&position=0.1&seed=7")
 */
export function createSimChatModel(model: string): BaseChatModel<InProcessCallOptions> {
  return new SimChatModel(parseSimulation(model));
}

class SimChatModel extends BaseChatModel<InProcessCallOptions> {
  readonly #simulation: Simulation;
  readonly #author: number;

  constructor(simulation: Simulation) {
    super({ maxRetries: 0 });
    this.#simulation = simulation;
    this.#author = authorCode(simulation.name);
  }

  override _llmType(): string {
    return "sim";
  }

  override async _generate(
    _messages: BaseMessage[],
    options: this["ParsedCallOptions"],
  ): Promise<ChatResult> {
    const { latencyMs } = this.#simulation.parameters;
    if (latencyMs > 0) await sleep(latencyMs, undefined, { signal: options.signal });
    return inProcessResult(answerCall(callIn(options), this.#simulation, this.#author));
  }
}

function answerCall(call: Call, { name, parameters }: Simulation, author: number): RawAnswer {
  const { row, agent, part, turn } = call.address;
  const address = [parameters.seed, name, row.number, row.id, agent, part, turn];
  const draws = createDraws(`call:${JSON.stringify(address)}`);
  // Drawn first and always, so that these shares change no other figure.
  const isCut = draws.uniform() < parameters.fail;
  const isUnreadable = draws.uniform() < parameters.unreadable;
  const writer = { call, parameters, author, draws };
  const text =
    isUnreadable && call.expects.kind !== "text" ? writeUnreadable(writer) : write(writer);
  const content = isCut ? text.slice(0, Math.ceil(text.length / 2)) : text;
  const tokens = { in: tokensOf(call.messages), out: countTokens(content.length) };
  return { kind: "in-process", content, finish: isCut ? "length" : "stop", tokens };
}

/** A form of answer a line; a new one is a case here and a function in `verdict-forms.ts`. */
function write(writer: Writer): string {
  const { expects } = writer.call;
  switch (expects.kind) {
    case "text":
      return writeText[expects.form ?? "response"](writer);
    case "review":
      return writeReview(writer);
    case "score":
      return writeSingleScore(writer, expects.scale);
    case "scores":
      return writePairScores(writer, expects.scale);
    case "choice":
      return writeChoice(writer);
    case "compare":
      return writeComparison(writer);
    case "reward":
      return writeReward(writer);
  }
}

function tokensOf(messages: Call["messages"]): number {
  return countTokens(messages.reduce((sum, { content }) => sum + content.length, 0));
}

function countTokens(characters: number): number {
  return Math.ceil(characters / charactersInToken);
}
