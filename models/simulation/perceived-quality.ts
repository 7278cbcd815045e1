import type { Message } from "../../state/message.ts";
import { lastFenced } from "./fenced-texts.ts";
import { qualityOf } from "./hidden-quality.ts";
import type { Draws } from "./seeded-draws.ts";
import type { SimulationParameters } from "./sim-parameters.ts";

/** A simulated reader: its habits, the code of its own name, and its luck in this call. */
export type SimulatedJudge = {
  readonly parameters: Pick<SimulationParameters, "noise" | "position" | "length" | "own">;
  readonly author: number;
  readonly draws: Draws;
};

/** A response shown alone is long or short against so many characters. */
export const usualLength = 500;

/**
 * How good a response shown alone seems: its quality with noise and the habits of length and self;
 * may pass 0 and 1.
 */
export function perceiveResponse(messages: readonly Message[], observer: SimulatedJudge): number {
  const [text = messages.at(-1)?.content ?? ""] = shownResponses(messages, 1);
  return (
    seeQuality(text, observer) + observer.parameters.length * doublings(text.length, usualLength)
  );
}

/**
 * How good two responses shown side by side seem, in the order in which they are shown; may pass 0
 * and 1.
 */
export function perceivePair(
  messages: readonly Message[],
  observer: SimulatedJudge,
): { readonly first: number; readonly second: number } {
  const [first = "", second = ""] = shownResponses(messages, 2);
  const { position, length } = observer.parameters;
  const longer = doublings(first.length, second.length);
  return {
    first: seeQuality(first, observer) + position + length * Math.max(0, longer),
    second: seeQuality(second, observer) + length * Math.max(0, -longer),
  };
}

/**
 * The responses a reader is asked about: the last ones that stand in fences labelled as responses.
 */
function shownResponses(messages: readonly Message[], count: number): string[] {
  return lastFenced(messages, /\bresponse\b/, count);
}

function seeQuality(text: string, { parameters, author, draws }: SimulatedJudge): number {
  const hidden = qualityOf(text);
  const isOwn = hidden.author === author;
  return hidden.quality + parameters.noise * draws.gaussian() + (isOwn ? parameters.own : 0);
}

/**
 * How often `length` has to be halved to come to `against`; an empty text counts as one character.
 */
function doublings(length: number, against: number): number {
  return Math.log2(Math.max(1, length) / Math.max(1, against));
}
