/** The start of a message in gpt-oss's harmony format; group 1 is its channel. */
const message =
  /(?:<\|start\|>assistant)?<\|channel\|>\s{0,8}([a-z]{1,20})[^<>\n]{0,100}(?:<\|constrain\|>[^<>\n]{0,40})?<\|message\|>/gi;
const ending = /<\|(?:end|return|call)\|>/i;

/** Whether a text is written in channels, special tokens and all. */
export function startsWithChannel(text: string): boolean {
  return /^\s*(?:<\|start\|>assistant)?<\|channel\|>/i.test(text.slice(0, 200));
}

/**
 * A text in gpt-oss's harmony format: what stands in the channel `final` is the answer, and what
 * stands in all others is thinking. The answer is null where there is no final channel.
 */
export function channelsOf(text: string): { thinking: string; answer: string | null } {
  const starts = [...text.matchAll(message)];
  const thoughts: string[] = [];
  const answers: string[] = [];
  for (const [index, found] of starts.entries()) {
    const until = starts[index + 1]?.index ?? text.length;
    const [content = ""] = text.slice(found.index + found[0].length, until).split(ending, 1);
    const into = found[1]?.toLowerCase() === "final" ? answers : thoughts;
    into.push(content.trim());
  }
  return {
    thinking: thoughts.join("\n\n"),
    answer: answers.length === 0 ? null : answers.join("\n\n"),
  };
}
