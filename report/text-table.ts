/** A table of plain text: columns as wide as their widest cell, numbers to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const isNumber = head.map((_, column) =>
    rows.every((row) => /^[-–—]?$|^-?[\d.,]/.test(row[column] ?? "")),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumber[column] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/**
 * A table that fits a terminal: where all columns beside each other are wider, the later ones
 * follow as further tables, each with the first column again.
 */
export function fittingTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { columns: width = 80 } = {},
): string {
  const widthOf = (column: number) =>
    Math.max(...[head, ...rows].map((cells) => (cells[column] ?? "").length));
  const parts: number[][] = [[0]];
  let used = widthOf(0);
  for (let column = 1; column < head.length; column += 1) {
    const own = 2 + widthOf(column);
    const part = parts.at(-1) ?? [];
    if (used + own <= width || part.length === 1) {
      part.push(column);
      used += own;
    } else {
      parts.push([0, column]);
      used = widthOf(0) + own;
    }
  }
  return parts
    .map((part) => {
      const pick = (cells: readonly string[]) => part.map((column) => cells[column] ?? "");
      return textTable(pick(head), rows.map(pick));
    })
    .join("\n\n");
}
