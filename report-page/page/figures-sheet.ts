import type { DrawnFigure } from "../figures/figure.ts";
import { htmlTable } from "./html-table.ts";
import { html, raw, type Html } from "./html.ts";
import type { ReportedRun } from "./reported-run.ts";
import { visibleText } from "./visible-text.ts";

/**
 * The second sheet: every plot with the numbers behind it.
 *
 * @param shared Figures of all runs side by side.
 */
export function figuresSheet(runs: readonly ReportedRun[], shared: readonly DrawnFigure[]): Html {
  if (shared.length === 0 && runs.every(({ figures }) => figures.length === 0)) {
    return html`<p>This run has nothing to count.</p>`;
  }
  const isAlone = runs.length === 1;
  return html`<div class="figures">${shared.map((figure) => figureOf(figure, ""))}</div>
    ${runs.map(
      ({ run, figures }, place) =>
        html`${isAlone ? "" : html`<h2>${run.name}</h2>`}
          <div class="figures">
            ${figures.map((figure) => figureOf(figure, isAlone ? "" : `${place + 1}-`))}
          </div>`,
    )}`;
}

/** @param prefix Tells the elements of several runs apart. */
function figureOf({ id, title, explanation, drawing, table }: DrawnFigure, prefix: string): Html {
  const numbers = htmlTable(table.head, table.rows, { label: title });
  return html`<figure id="figures-${prefix}${id}">
    <h3>${title}</h3>
    <p class="note">${explanation}</p>
    ${
      drawing === null
        ? numbers
        : html`<div
              class="plot"
              role="img"
              tabindex="0"
              aria-label="${title}. The numbers follow as a table."
            >
              <div class="wide">${raw(visibleText(drawing.wide))}</div>
              <div class="narrow">${raw(visibleText(drawing.narrow))}</div>
            </div>
            <details>
              <summary>Numbers</summary>
              ${numbers}
            </details>`
    }
  </figure>`;
}
