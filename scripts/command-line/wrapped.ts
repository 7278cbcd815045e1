/**
 * A text of several lines for a stream: on a terminal, lines are broken between words; elsewhere
 * they stay whole, for `grep`. The lines of a sentence that is broken begin further in. A line with
 * columns, which two spaces part, is no sentence and stays as it is.
 */
export function wrapped(text: string, stream: NodeJS.WritableStream): string {
  const { columns } = stream as Partial<NodeJS.WriteStream>;
  if (columns === undefined || columns < 20) return text;
  return text
    .split("\n")
    .map((line) => broken(line, columns))
    .join("\n");
}

function broken(line: string, columns: number): string {
  if (line.length < columns || /\S {2,}\S/.test(line)) return line;
  const indent = `${/^ */.exec(line)?.[0] ?? ""}  `;
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(/(?<=\S) /)) {
    if (current !== "" && current.length + 1 + word.length >= columns) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current].join("\n");
}
