/** Columns and lines of the drawn terminal. */
const size = { columns: 96, lines: 30 };
const cell = { width: 8.4, height: 19 };
const margin = { left: 16, top: 44 };
/** Seconds between two lines, and from the command to the first of them. */
const pace = { line: 0.16, command: 1 };

/**
 * A terminal as an animated SVG: a command, then the lines that it printed, one after another.
 * Where animations don't run, it shows the end.
 */
export function drawRecording(command: string, printed: string): string {
  const lines = [`$ ${command}`, "", ...printed.trimEnd().split("\n").flatMap(wrapped)];
  const width = Math.ceil(2 * margin.left + size.columns * cell.width);
  const height = margin.top + size.lines * cell.height + 12;
  const scrolled = Math.max(0, lines.length - size.lines);
  const texts = lines.map((line, index) => textOf(line, index));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(`What ${command} prints`)}</title>`,
    `<style>${styleOf(lines.length, scrolled)}</style>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#1b1f27"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map(
      (colour, index) => `<circle cx="${22 + 20 * index}" cy="20" r="6" fill="${colour}"/>`,
    ),
    `<svg y="${margin.top - cell.height}" width="${width}" ` +
      `height="${(size.lines + 1) * cell.height}">`,
    `<g class="page">`,
    ...texts.filter((text) => text !== ""),
    "</g></svg></svg>",
  ].join("\n")}\n`;
}

/** A line at its place, which appears when its turn comes. */
function textOf(line: string, index: number): string {
  if (line === "") return "";
  const kind = index === 0 ? "command" : line.startsWith("──") ? "rule" : "line";
  const y = (index + 1) * cell.height;
  const delay = index === 0 ? 0 : pace.command + index * pace.line;
  return (
    `<text class="${kind}" x="${margin.left}" y="${y}" ` +
    `style="animation-delay:${delay.toFixed(2)}s">${escaped(line)}</text>`
  );
}

function styleOf(lines: number, scrolled: number): string {
  const start = pace.command + size.lines * pace.line;
  const end = -scrolled * cell.height;
  return [
    "text{font:14px " +
      "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#d7dce5;white-space:pre;",
    "animation:appear .01s backwards}",
    ".command{fill:#9ece6a}.rule{fill:#7aa2f7}",
    `.page{transform:translateY(${end}px);animation:scroll ` +
      `${((lines - size.lines) * pace.line).toFixed(2)}s`,
    ` steps(${Math.max(1, scrolled)}) ${start.toFixed(2)}s backwards}`,
    "@keyframes appear{from{opacity:0}}@keyframes scroll{from{transform:none}}",
    "@media(prefers-reduced-motion:reduce){text,.page{animation:none}}",
  ].join("");
}

/** A line in pieces that fit, cut at spaces. */
function wrapped(line: string): string[] {
  if (line.length <= size.columns) return [line];
  const space = line.lastIndexOf(" ", size.columns);
  const cut = space > 0 ? space : size.columns;
  return [line.slice(0, cut), ...wrapped(line.slice(cut).trimStart())];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
