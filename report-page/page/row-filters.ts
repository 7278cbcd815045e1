import { html, type Html } from "./html.ts";
import type { RowIndex } from "./row-index.ts";

/** Outcomes are a filter only where they are few. */
const mostOutcomes = 12;

/** The search and the filters over the list of rows. */
export function rowFilters(index: RowIndex): Html {
  const marks = index.marks
    .map(({ label }, bit) => ({ label, value: bit, rows: withBit(index.mark, bit) }))
    .filter(({ rows }) => rows > 0)
    .map(({ label, value, rows }) => ({ label: `${label} (${rows})`, value }));
  const rounds = [...new Set(index.round)]
    .filter((round) => round !== null)
    .toSorted((one, other) => one - other)
    .map((round) => ({ label: String(round), value: round }));
  const outcomes = index.outcomes.map((label, value) => ({ label, value }));
  const runs = index.runs.map(({ name }, value) => ({ label: name, value }));
  return html`<form id="filters" role="search">
    <label
      >Search
      <input
        id="search"
        type="search"
        autocomplete="off"
        placeholder="${index.chunkStarts === null ? "id, prompt or any text" : "id or start of the prompt"}"
    /></label>
    ${runs.length > 1 ? select("run", "Run", runs) : ""}
    ${marks.length > 0 ? select("mark", "Show only", marks) : ""}
    ${outcomes.length > 1 && outcomes.length <= mostOutcomes ? select("outcome", "Outcome", outcomes) : ""}
    ${rounds.length > 1 ? select("round", "Best round", rounds) : ""}
    ${Object.entries(index.fields).map(([name, { values }]) =>
      select(
        `field:${name}`,
        name,
        values.map((label, value) => ({ label: label ?? "", value })),
      ),
    )}
    <button type="reset">Clear</button>
  </form>`;
}

function withBit(marks: readonly number[], bit: number): number {
  return marks.filter((bits) => (bits & (1 << bit)) !== 0).length;
}

function select(
  name: string,
  label: string,
  options: readonly { readonly label: string; readonly value: number }[],
): Html {
  return html`<label
    >${label}
    <select name="${name}">
      <option value="">all</option>
      ${options.map((option) => html`<option value="${option.value}">${option.label}</option>`)}
    </select></label
  >`;
}
