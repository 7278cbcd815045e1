import { htmlTable } from "./html-table.ts";
import { html, type Html } from "./html.ts";
import type { ReportedRun } from "./reported-run.ts";

/** The second sheet: every plot with the numbers behind it. */
export function figuresSheet(runs: readonly ReportedRun[]): Html {
  if (runs.every(({ figures }) => figures.length === 0)) {
    return html`<p>There is nothing to count in this run.</p>`;
  }
  return html`${runs.map(
    ({ run, figures }) =>
      html` ${runs.length > 1 ? html`<h2>${run.name}</h2>` : ""}
      ${figures.map(
        ({ id, title, explanation, table }) =>
          html`<figure id="figures-${id}">
            <h3>${title}</h3>
            <p class="note">${explanation}</p>
            ${htmlTable(table.head, table.rows)}
          </figure>`,
      )}`,
  )}`;
}
