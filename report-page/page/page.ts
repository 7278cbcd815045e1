import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { packageVersion } from "../../state/package-root.ts";
import type { DrawnFigure } from "../figures/figure.ts";
import { figuresSheet } from "./figures-sheet.ts";
import { html, type Html } from "./html.ts";
import { counted } from "../figures/number-text.ts";
import { overview } from "./overview.ts";
import type { ReportedRun } from "./reported-run.ts";
import { rowFilters } from "./row-filters.ts";
import type { RowIndex } from "./row-index.ts";
import { visibleJson } from "./visible-text.ts";

export type PageParts = {
  readonly title: string;
  readonly runs: readonly ReportedRun[];
  /** Figures of several runs side by side. */
  readonly figures: readonly DrawnFigure[];
  readonly index: RowIndex;
  /** The sheets of the rows as JSON, a line a row; empty if they are in files beside the page. */
  readonly rowLines: readonly string[];
};

const browserFile = (name: string) =>
  readFileSync(join(import.meta.dirname, "..", "browser", name), "utf8");
const diffLibrary = () =>
  readFileSync(
    join(createRequire(import.meta.url).resolve("diff"), "../../dist/diff.min.js"),
    "utf8",
  );

/** The page's own scripts, in the order in which they need each other. */
const scriptNames = [
  "elements.js",
  "row-index.js",
  "row-store.js",
  "row-list.js",
  "asked-messages.js",
  "row-sheet.js",
  "navigation.js",
];

/**
 * All of them as one script, without their imports and exports: a page on disk can load no module.
 * Their names are unique among them, and hidden from other scripts.
 */
function ownScript(): string {
  const texts = scriptNames.map((name) =>
    browserFile(name)
      .replaceAll(/^import [^;]*;\n/gm, "")
      .replaceAll(/^export /gm, ""),
  );
  return `(async () => {\n"use strict";\n${texts.join("\n")}\n})();`;
}

/**
 * The whole page: one file with all that it needs, which asks no network. Its policy lets the
 * browser run the page's own script and nothing else, whatever the texts of the run contain.
 */
export function page({ title, runs, figures, index, rowLines }: PageParts): string {
  const script = `${diffLibrary()}\n${ownScript()}`;
  const style = browserFile("report.css");
  const { rows } = index;
  const body: Html = html`<header>
      <h1>${title}</h1>
      <nav aria-label="Sheets">
        <a href="#overview">Overview</a>
        <a href="#figures">Figures</a>
        ${rows === 0 ? "" : html`<a href="#rows">Rows (${rows.toLocaleString("en-US")})</a>`}
        <button id="theme" type="button">Light or dark</button>
      </nav>
    </header>
    <main>
      <section id="overview" aria-label="Overview">${overview(runs)}</section>
      <section id="figures" aria-label="Figures">${figuresSheet(runs, figures)}</section>
      <section id="rows" aria-label="Rows">
        <h2>Rows</h2>
        ${rowFilters(index)}
        <p class="pages">
          <span id="row-count" role="status">${counted(rows, "row")}</span>
          <button type="button" data-page="-1">← Back</button>
          <button type="button" data-page="1">Next →</button>
        </p>
        <div class="table" tabindex="0" role="group" aria-label="Rows">
          <table id="row-list"></table>
        </div>
        <details>
          <summary>Keys</summary>
          <p>
            <kbd>/</kbd> searches, <kbd>j</kbd> and <kbd>k</kbd> go to the next row and the one
            before, <kbd>Enter</kbd> opens it, <kbd>Esc</kbd> comes back to the list.
          </p>
        </details>
        <noscript><p>The rows need JavaScript.</p></noscript>
      </section>
      <section id="row" aria-label="Row"><div id="row-sheet"></div></section>
    </main>
    <footer>Written by Fellowship ${packageVersion()}. This file asks no network.</footer>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy({ script, style, hasFiles: index.chunkStarts !== null })}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="fellowship ${packageVersion()}">
<meta name="referrer" content="no-referrer">
${String(html`<title>${title}</title>`)}
<style>${style}</style>
</head>
<body>
${String(body)}
<script type="application/json" id="report-index">${jsonText(visibleJson(index))}</script>
<script type="application/json" id="report-rows">${jsonText(rowLines.join("\n"))}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that can't end the element it is in. */
export function jsonText(json: string): string {
  return json.replaceAll("<", String.raw`\u003c`);
}

/**
 * The page's content security policy. Rows in files beside the page are scripts that the page's own
 * one loads, which `strict-dynamic` allows to it alone.
 */
function policy({
  script,
  style,
  hasFiles,
}: {
  readonly script: string;
  readonly style: string;
  readonly hasFiles: boolean;
}): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)}${hasFiles ? " 'strict-dynamic'" : ""}`,
    `style-src ${hash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
