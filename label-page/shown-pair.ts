import type { Message } from "../state/message.ts";
import type { Candidate } from "../state/candidate.ts";
import { visibleText } from "../report-page/page/visible-text.ts";

/** A text under the name of its speaker. */
export type ShownText = { readonly name: string; readonly text: string };

/** A pair as a person sees it: without ids, models, labels and verdicts. */
export type ShownPair = {
  /** Its number in the input, which the answer names. */
  readonly number: number;
  readonly prompt: readonly ShownText[];
  readonly a: readonly ShownText[];
  readonly b: readonly ShownText[];
};

type Pair = {
  readonly number: number;
  readonly messages: readonly Message[];
  readonly a: Candidate;
  readonly b: Candidate;
};

/** @param isExchanged Whether the response that is `b` in the input stands first. */
export function shownPair({ number, messages, a, b }: Pair, isExchanged: boolean): ShownPair {
  const [first, second] = isExchanged ? [b, a] : [a, b];
  return {
    number,
    prompt: messages.map(shownMessage),
    a: shownResponse(first, messages),
    b: shownResponse(second, messages),
  };
}

/** The response; of a multi-turn one, all that follows the prompt. */
function shownResponse(
  { text, messages }: Candidate,
  prompt: readonly Message[],
): readonly ShownText[] {
  if (messages === undefined) return [{ name: "", text: visibleText(text) }];
  const begins = prompt.every(
    ({ role, content }, at) => messages[at]?.role === role && messages[at].content === content,
  );
  const rest = begins ? messages.slice(prompt.length) : messages;
  const [only] = rest;
  if (rest.length <= 1) return [{ name: "", text: visibleText(only?.content ?? text) }];
  return rest.map(shownMessage);
}

function shownMessage({ role, content }: Message): ShownText {
  return { name: role, text: visibleText(content) };
}
