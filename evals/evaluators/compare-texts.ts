import * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { Message } from "../../state/message.ts";
import type { Verdict } from "../../state/verdict.ts";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";
import { fieldOf } from "./text-field.ts";

/**
 * Asks an evaluator which of two responses is better: a judge, a jury, a debate (`openComparison`
 * in `runs/`), or people.
 */
export type Compare = (question: {
  readonly prompt: readonly Message[];
  readonly a: string;
  readonly b: string;
}) => Promise<Pick<Verdict, "winner" | "failure">>;

export type Preferred = "first" | "second" | "tie";

/**
 * Which of two responses to a prompt is preferred. Two equal texts are a tie, without a call.
 * Which of them is shown as A is drawn from the texts, so that over many rows neither gains by its
 * side.
 *
 * @throws FellowshipError `bad_input` where `inputs` hold no prompt.
 * @throws Error where no verdict could be had.
 */
export async function compareTexts(
  compare: Compare,
  inputs: unknown,
  { first, second }: { readonly first: string; readonly second: string },
): Promise<Preferred> {
  const prompt = promptIn(inputs);
  if (first === second) return "tie";
  const firstIsA = createRandom(`${first}\0${second}`)() < 0.5;
  const [a, b] = firstIsA ? [first, second] : [second, first];
  const { winner, failure } = await compare({ prompt, a, b });
  if (winner === "none") throw new Error(failure?.detail ?? "No verdict could be read.");
  if (winner === "tie") return "tie";
  return (winner === "a") === firstIsA ? "first" : "second";
}

const messages = z.array(Message).min(1);

/** The conversation to answer: a text, or the value of `prompt` or `messages`. */
function promptIn(inputs: unknown): readonly Message[] {
  const given =
    typeof inputs === "string"
      ? inputs
      : (fieldOf(inputs, "prompt") ?? fieldOf(inputs, "messages"));
  if (typeof given === "string") return [{ role: "user", content: given }];
  const read = messages.safeParse(given);
  if (read.success) return read.data;
  throw new FellowshipError(
    "bad_input",
    "Expected inputs.prompt, a text, or inputs.messages, a list of {role, content}.",
  );
}
