/** Where a terminal does not say how wide it is. */
const usualColumns = 80;
/** Lines on a lower terminal would scroll away what they are to be written over. */
const fewestRows = 10;

/** Lines at the foot of a terminal that are written over. */
export type ChangingLines = {
  /** @param linesFor Gives the lines for so many columns, the most important one first. */
  readonly show: (linesFor: (columns: number) => readonly string[]) => void;
  /** Takes the lines away. */
  readonly clear: () => void;
  /** Lets the lines stay and begins a new one. */
  readonly leave: () => void;
};

export function createChangingLines(stream: NodeJS.WriteStream): ChangingLines {
  let shown: readonly string[] = [];

  /** To the beginning of the first line, and everything from there on erased. */
  function erasing(): string {
    const columns = stream.columns || usualColumns;
    // A terminal that was made narrower has broken them.
    const height = shown.reduce(
      (sum, { length }) => sum + Math.max(1, Math.ceil(length / columns)),
      0,
    );
    return `${height > 1 ? `\u001B[${height - 1}A` : ""}\r\u001B[J`;
  }

  return {
    show(linesFor) {
      // A line as wide as the terminal would wrap on some, and could not be written over.
      const lines = linesFor(Math.max(0, (stream.columns || usualColumns) - 1));
      const isLow = stream.rows > 0 && stream.rows < fewestRows;
      const next = isLow ? lines.slice(0, 1) : lines;
      stream.write(`${erasing()}${next.join("\n")}`);
      shown = next;
    },
    clear() {
      if (shown.length > 0) stream.write(erasing());
      shown = [];
    },
    leave() {
      if (shown.length > 0) stream.write("\n");
      shown = [];
    },
  };
}
