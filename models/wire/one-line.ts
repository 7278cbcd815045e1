/**
 * A server's words as one line for people: no line breaks, nothing a terminal obeys, at most
 * `longest` characters.
 */
export function oneLine(text: string, longest: number): string {
  const head = text.slice(0, longest * 4);
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  const line = head.replaceAll(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  if (line.length <= longest) return line;
  return `${line.slice(0, longest).replace(/[\ud800-\udbff]$/, "")}…`;
}
