import type { Message } from "../../state/message.ts";
import type { Call, TextForm } from "../call.ts";
import { fencedTexts, lastFenced } from "./fenced-texts.ts";
import { clampToUnit, qualityOf, usefulnessOf } from "./hidden-quality.ts";
import { lastMarker, writeMarker, type MarkerKind } from "./quality-marker.ts";
import type { Draws } from "./seeded-draws.ts";
import type { SimulationParameters } from "./sim-parameters.ts";
import { pickSuggestions, writeBody, writeRemarks } from "./simulated-prose.ts";

/** A simulated model at one call. */
export type Writer = {
  readonly call: Call;
  readonly parameters: SimulationParameters;
  /** The code of the model's name. */
  readonly author: number;
  readonly draws: Draws;
};

/** Writes a text without headings. */
export const writeText: Readonly<Record<TextForm, (writer: Writer) => string>> = {
  response: writeResponse,
  rewrite: writeEdit,
  suggestions: writeAdvice,
  argument: writeArgument,
};

/** A reviewer's feedback, with its usefulness hidden in it. */
export function writeFeedback(writer: Writer): string {
  const usefulness = drawAround(writer.parameters.skill, writer);
  const [first, second] = pickSuggestions(2, writer.draws);
  return `Simulated feedback ${mark("feedback", usefulness, writer)}: ${first}; ${second}.`;
}

/**
 * A first response where there is no feedback to follow, else a revision of the generator's last
 * response.
 */
function writeResponse(writer: Writer): string {
  const { messages } = writer.call;
  const last = messages.at(-1);
  const previous = messages.findLast(({ role }) => role === "assistant");
  const feedback = last === undefined ? [] : adviceIn([last]);
  if (feedback.length === 0 || previous === undefined) {
    return marked("response", drawAround(writer.parameters.skill, writer), writer);
  }
  return marked(
    "revision",
    reviseQuality(qualityOf(previous.content).quality, feedback, writer),
    writer,
  );
}

/**
 * An editor rewrites the response it is shown last, with the suggestions or, where it has none,
 * without.
 */
function writeEdit(writer: Writer): string {
  const { messages } = writer.call;
  const [previous = messages.at(-1)?.content ?? ""] = lastFenced(messages, /\bresponse\b/, 1);
  return marked(
    "revision",
    reviseQuality(qualityOf(previous).quality, adviceIn(messages), writer),
    writer,
  );
}

/**
 * At most three suggestions, a line each and nothing else; the first line hides their usefulness.
 */
function writeAdvice(writer: Writer): string {
  const { call, parameters, draws } = writer;
  const hasReadDebate = call.messages.some(
    ({ content }) => lastMarker(content, "argument") !== null,
  );
  const isBlind = lastFenced(call.messages, /\bresponse\b/, 1).length === 0;
  const mean =
    parameters.advice + (hasReadDebate ? parameters.debate : 0) - (isBlind ? parameters.sight : 0);
  const marker = mark("advice", drawAround(mean, writer), writer);
  const [first, ...others] = pickSuggestions(1 + draws.below(3), draws);
  const lines = [`Simulated suggestion ${marker}: ${first}.`];
  return [...lines, ...others.map((other) => `Simulated suggestion: ${other}.`)].join("\n");
}

function writeArgument(writer: Writer): string {
  const marker = mark("argument", drawAround(writer.parameters.skill, writer), writer);
  return `Simulated argument ${marker}. ${writeRemarks(writer.draws)}`;
}

/**
 * Quality after a revision: the previous one, and of its gap to 1 the share `gain` times the
 * usefulness of the feedback, give or take `spread`. Of several reviews each finds its share of
 * what the others missed.
 */
function reviseQuality(previous: number, usefulness: readonly number[], writer: Writer): number {
  const missed = usefulness.reduce((rest, useful) => rest * (1 - useful), 1);
  return drawAround(previous + writer.parameters.gain * (1 - missed) * (1 - previous), writer);
}

/**
 * How useful each piece of advice is: feedback or suggestions in their fences, or else, unfenced,
 * by its marker.
 */
function adviceIn(messages: readonly Message[]): number[] {
  const fenced = messages
    .flatMap(({ content }) => fencedTexts(content))
    .filter(({ label }) => /\b(?:feedback|suggestions?|advice)\b/.test(label));
  if (fenced.length > 0) return fenced.map(({ text }) => usefulnessOf(text));
  return messages.flatMap(({ content }) => {
    const marking = lastMarker(content, "feedback") ?? lastMarker(content, "advice");
    return marking === null ? [] : [marking.value];
  });
}

function marked(what: "response" | "revision", quality: number, writer: Writer): string {
  const { draws, parameters } = writer;
  const opening = `Simulated ${what}, written by no language model ${mark("response", quality, writer)}.`;
  return `${opening}\n\n${writeBody(parameters.words, draws)}`;
}

function mark(kind: MarkerKind, value: number, { author, draws }: Writer): string {
  return writeMarker({ kind, value, author }, draws.below(0x10000));
}

/** Normal around a mean with the model's spread, kept between 0 and 1. */
function drawAround(mean: number, { parameters, draws }: Writer): number {
  return clampToUnit(mean + parameters.spread * draws.gaussian());
}
