import type { Message } from "../../state/message.ts";

/** A text out of a fence (`prompts/fence.ts`), with the label the fence bears. */
export type FencedText = { readonly label: string; readonly text: string };

const longestHeader = 256;

/**
 * The texts that stand between marked lines, `<<<label MARK>>>` and `<<<end of label MARK>>>`, in
 * their order. What looks like a fence inside of one is part of its text.
 */
export function fencedTexts(message: string): FencedText[] {
  const found: FencedText[] = [];
  let open = message.indexOf("<<<");
  while (open >= 0) {
    const lineEnd = message.indexOf("\n", open);
    if (lineEnd < 0) return found;
    const header = message.slice(open, Math.min(lineEnd, open + longestHeader));
    const [, label, mark] = /^<<<(.+) ([a-z]{8})>>>$/.exec(header) ?? [];
    const startsLine = open === 0 || message[open - 1] === "\n";
    if (!startsLine || label === undefined || mark === undefined) {
      open = message.indexOf("<<<", open + 3);
      continue;
    }
    const ending = `\n<<<end of ${label} ${mark}>>>`;
    const close = message.indexOf(ending, lineEnd);
    // An unclosed fence holds all the rest.
    if (close < 0) return found;
    found.push({ label, text: message.slice(lineEnd + 1, close) });
    open = message.indexOf("<<<", close + ending.length);
  }
  return found;
}

/**
 * The last `count` fenced texts whose label the pattern fits, in the order shown, of the last
 * message that holds as many; fewer where no message does.
 */
export function lastFenced(messages: readonly Message[], label: RegExp, count: number): string[] {
  let best: string[] = [];
  for (const { content } of messages.toReversed()) {
    const fitting = fencedTexts(content).filter((fenced) => label.test(fenced.label));
    if (fitting.length > best.length) best = fitting.slice(-count).map(({ text }) => text);
    if (best.length === count) return best;
  }
  return best;
}
