import { dollars, elementById, make, short, whole } from "./elements.js";
import { index, total } from "./row-index.js";
import { allLines } from "./row-store.js";

/* The list of rows: search, filters, sorting and pages. */

const pageSize = 50;

const search = /** @type {HTMLInputElement} */ (elementById("search"));
const selects = /** @type {NodeListOf<HTMLSelectElement>} */ (
  document.querySelectorAll("#filters select")
);
const list = elementById("row-list");
const rowCount = elementById("row-count");

/** @type {{ column: Column, isDescending: boolean }} */
let sorting = { column: "row", isDescending: false };
let page = 0;
/**
 * The places of the rows that fit, in their order.
 *
 * @type {number[]}
 */
export let found = [];
/** Lower-case texts of each row; whole sheets once these are read. */
/** @type {string[]} */
const haystack = index.id.map((id, place) =>
  `${id}\n${index.excerpt[place]}\n${index.outcomes[index.outcome[place] ?? 0]}`.toLowerCase(),
);
let isWholeText = false;

/** Reads all texts of the rows in the page, so that search finds them too. */
function readWholeTexts() {
  if (isWholeText || index.chunkStarts !== null) return;
  isWholeText = true;
  const lines = allLines();
  for (let place = 0; place < total; place += 1) {
    /** @type {string[]} */
    const texts = [];
    JSON.parse(lines[place] || "null", (_key, value) => {
      if (typeof value === "string") texts.push(value);
      return value;
    });
    haystack[place] += `\n${texts.join("\n").toLowerCase()}`;
  }
}

/** Finds the rows that fit, and shows the first of them. */
export function find() {
  const text = search.value.trim().toLowerCase();
  if (text !== "") readWholeTexts();
  const words = text.split(/\s+/).filter((word) => word !== "");
  const wanted = [...selects].filter((select) => select.value !== "");
  /** @type {number[]} */
  const places = [];
  for (let place = 0; place < total; place += 1) {
    const own = haystack[place] ?? "";
    if (words.every((word) => own.includes(word)) && wanted.every((one) => fits(one, place))) {
      places.push(place);
    }
  }
  found = sorted(places);
  page = 0;
  showList();
}

/**
 * @param {HTMLSelectElement} select
 * @param {number} place
 */
function fits({ name, value }, place) {
  if (name === "mark") return ((index.mark[place] ?? 0) & (1 << Number(value))) !== 0;
  if (name === "run") return index.run[place] === Number(value);
  if (name === "round") return index.round[place] === Number(value);
  if (name === "outcome") return index.outcome[place] === Number(value);
  return index.codes.get(name.slice("field:".length))?.[place] === Number(value);
}

/** @param {number[]} places */
function sorted(places) {
  const { column, isDescending } = sorting;
  if (column === "row") return isDescending ? places.toReversed() : places;
  const values = /** @type {(string | number | null)[]} */ (index[column]);
  const sign = isDescending ? -1 : 1;
  return places.sort((one, other) => {
    const [left = null, right = null] = [values[one], values[other]];
    if (left === right) return one - other;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -sign : sign;
  });
}

/** @type {[Column, string][]} */
const allColumns = [
  ["row", "Row"],
  ["id", "Id"],
  ["excerpt", "Prompt"],
  ["outcome", "Outcome"],
  ["margin", "Margin"],
  ["tokens", "Tokens"],
  ["usd", "Dollars"],
];
const columns = allColumns.filter(
  ([column]) => column !== "margin" || index.margin.some((margin) => margin !== null),
);
const numeric = new Set(["row", "margin", "tokens", "usd"]);

function showList() {
  const first = page * pageSize;
  const places = found.slice(first, first + pageSize);
  const shown =
    found.length === 0
      ? "No row fits."
      : `${whole(first + 1)}–${whole(first + places.length)} of ${whole(found.length)}` +
        (found.length === total ? " rows" : ` rows that fit, ${whole(total)} in all`);
  rowCount.textContent = shown;
  const head = make(
    "tr",
    {},
    ...columns.map(([column, label]) => {
      const isSorted = sorting.column === column;
      const order = isSorted ? (sorting.isDescending ? "descending" : "ascending") : "none";
      const button = make("button", { type: "button", "data-sort": column }, label);
      if (isSorted) button.append(sorting.isDescending ? " ↓" : " ↑");
      return make(
        "th",
        { scope: "col", "aria-sort": order, class: numeric.has(column) ? "number" : "text" },
        button,
      );
    }),
  );
  const body = make("tbody", {}, ...places.map(listRow));
  list.replaceChildren(make("thead", {}, head), body);
  const pages = Math.max(1, Math.ceil(found.length / pageSize));
  for (const button of document.querySelectorAll("[data-page]")) {
    const isBack = button.getAttribute("data-page") === "-1";
    /** @type {HTMLButtonElement} */ (button).disabled = isBack ? page === 0 : page >= pages - 1;
  }
}

/** @param {number} place */
function listRow(place) {
  const names = otherMarks(place);
  const run = index.runs.length > 1 ? `${index.runs[index.run[place] ?? 0]?.name}: ` : "";
  /** @type {Record<string, (Node | string)[]>} */
  const cells = {
    row: [`${run}${index.row[place]}`],
    id: [make("a", { href: linkTo(place) }, index.id[place] ?? "")],
    excerpt: [index.excerpt[place] ?? ""],
    outcome: [index.outcomes[index.outcome[place] ?? 0] ?? "", ...names.map((name) => badge(name))],
    margin: [index.margin[place] == null ? "–" : short(index.margin[place] ?? 0)],
    tokens: [whole(index.tokens[place] ?? 0)],
    usd: [dollars(index.usd[place] ?? null)],
  };
  return make(
    "tr",
    { "data-place": place },
    ...columns.map(([column]) =>
      make(
        "td",
        { class: `${numeric.has(column) ? "number" : "text"} ${column}` },
        ...(cells[column] ?? []),
      ),
    ),
  );
}

/** @param {number} bits */
const markNames = (bits) =>
  index.marks.filter((_, bit) => (bits & (1 << bit)) !== 0).map(({ label }) => label);
/**
 * The marks of a row that its outcome does not say.
 *
 * @param {number} place
 */
export function otherMarks(place) {
  const outcome = index.outcomes[index.outcome[place] ?? 0] ?? "";
  return markNames(index.mark[place] ?? 0).filter(
    (name) => outcome !== name && !outcome.startsWith(`${name}:`),
  );
}
/** @param {string} name */
export const badge = (name) => make("span", { class: "badge" }, name);
/** @param {number} place */
export const linkTo = (place) =>
  index.runs.length > 1
    ? `#row=${(index.run[place] ?? 0) + 1}.${index.row[place]}`
    : `#row=${index.row[place]}`;

/** @param {number} step */
function turnPage(step) {
  page += step;
  showList();
  list.querySelector("a")?.focus();
}

/**
 * Shows the rows with a mark.
 *
 * @param {string} name
 */
export function chooseMark(name) {
  const bit = index.marks.findIndex((mark) => mark.name === name);
  for (const select of selects)
    select.value = select.name === "mark" && bit >= 0 ? String(bit) : "";
  search.value = "";
  find();
}

/**
 * Moves the focus along the list, to the next page where one ends.
 *
 * @param {number} step
 */
export function moveFocus(step) {
  const links = [...list.querySelectorAll("a")];
  const place = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  const next = place < 0 ? 0 : place + step;
  const pages = Math.ceil(found.length / pageSize);
  if (next >= links.length && page < pages - 1) turnPage(1);
  else links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
}

export const focusSearch = () => search.focus();

search.addEventListener("input", find);
for (const select of selects) select.addEventListener("change", find);
elementById("filters").addEventListener("submit", (event) => event.preventDefault());
elementById("filters").addEventListener("reset", () => setTimeout(find));
for (const button of document.querySelectorAll("[data-page]")) {
  button.addEventListener("click", () => turnPage(Number(button.getAttribute("data-page"))));
}
list.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const column = target.closest("[data-sort]")?.getAttribute("data-sort");
  if (column != null) {
    const isDescending = sorting.column === column && !sorting.isDescending;
    sorting = { column: /** @type {Column} */ (column), isDescending };
    find();
    const button = list.querySelector(`[data-sort="${column}"]`);
    if (button instanceof HTMLElement) button.focus();
    return;
  }
  const place = target.closest("[data-place]")?.getAttribute("data-place");
  const isSelecting = getSelection()?.toString() !== "";
  if (place != null && target.closest("a") === null && !isSelecting) {
    location.hash = linkTo(Number(place));
  }
});
