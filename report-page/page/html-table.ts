import { html, type Html } from "./html.ts";

const isNumber = /^[-+−]?[$]?[\d,.]+(?: ?%)?(?: \[.*\])?$/;

/** A table whose columns of numbers are set to the right. Cells are texts or markup. */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly (string | Html)[])[],
  { label = head.join(", ") }: { readonly label?: string } = {},
): Html {
  const isNumeric = head.map((_, column) =>
    rows.every((row) => isNumber.test(row[column] ?? "") || row[column] === "–"),
  );
  const className = (column: number) => (isNumeric[column] === true ? "number" : "text");
  return html`<div class="table" tabindex="0" role="group" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${head.map((name, column) => html`<th scope="col" class="${className(column)}">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, column) =>
                column === 0
                  ? html`<th scope="row" class="${className(column)}">${cell}</th>`
                  : html`<td class="${className(column)}">${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
