import { html, type Html } from "./html.ts";
import type { RowIndex } from "./row-index.ts";

/** Outcomes are a filter only where they are few. */
const mostOutcomes = 12;

/** The search and the filters over the list of rows. */
export function rowFilters(index: RowIndex): Html {
  const marks = index.marks
    .map(({ label, rows }, bit) => ({ label, value: bit, rows }))
    .filter(({ rows }) => rows > 0)
    .map(({ label, value, rows }) => ({ label: `${label} (${rows})`, value }));
  const rounds = index.rounds.map((round) => ({ label: String(round), value: round }));
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
    ${Object.entries(index.fields).map(([name, values]) =>
      select(`field:${name}`, name, options(values)),
    )}
    <button type="reset">Clear</button>
  </form>`;
}

/** The values of a field in their order. */
function options(values: readonly string[]) {
  return values
    .map((label, value) => ({ label, value }))
    .toSorted((one, other) => (one.label < other.label ? -1 : 1));
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
