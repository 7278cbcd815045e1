import { elementById, make } from "./elements.js";
import { index, total } from "./row-index.js";
import { chooseMark, find, focusSearch, moveFocus } from "./row-list.js";
import { showRow, rowSheet } from "./row-sheet.js";

/* Moving between the sheets of the page, by links and keys. */

const sections = ["overview", "figures", "rows", "row"];

function route() {
  const hash = decodeURIComponent(location.hash.slice(1));
  const [, run = "1", row] = /^row=(?:(\d+)\.)?(\d+)$/.exec(hash) ?? [];
  const mark = /^rows:(.+)$/.exec(hash)?.[1];
  const isRow = row !== undefined;
  const name = isRow
    ? "row"
    : mark !== undefined
      ? "rows"
      : (sections.find((one) => hash === one || hash.startsWith(`${one}-`)) ?? "overview");
  for (const section of sections) elementById(section).hidden = section !== name;
  for (const link of document.querySelectorAll("nav a")) {
    const isCurrent = link.getAttribute("href") === `#${isRow ? "rows" : name}`;
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (mark !== undefined) chooseMark(mark);
  if (isRow) {
    const place = placeOf(Number(run ?? 1) - 1, Number(row));
    if (place >= 0) void showRow(place);
    else rowSheet.replaceChildren(make("p", {}, `There is no row ${row} in this report.`));
  }
  if (name !== "figures" || hash === "figures") scrollTo(0, 0);
}

/**
 * @param {number} run
 * @param {number} row
 */
function placeOf(run, row) {
  for (let place = 0; place < total; place += 1) {
    if (index.row[place] === row && index.run[place] === run) return place;
  }
  return -1;
}

addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const isTyping = /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && isTyping) target.blur();
  if (isTyping) return;
  const isRow = !elementById("row").hidden;
  if (event.key === "/") {
    event.preventDefault();
    location.hash = "#rows";
    setTimeout(focusSearch);
  } else if (isRow && event.key === "Escape") location.hash = "#rows";
  else if (isRow && (event.key === "j" || event.key === "k")) {
    const link = rowSheet.querySelector(event.key === "j" ? "[rel=next]" : "[rel=prev]");
    /** @type {HTMLElement | null} */ (link)?.click();
  } else if (!elementById("rows").hidden && (event.key === "j" || event.key === "k")) {
    moveFocus(event.key === "j" ? 1 : -1);
  }
});

elementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const isDark =
    root.style.colorScheme === "dark" ||
    (root.style.colorScheme === "" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.style.colorScheme = isDark ? "light" : "dark";
});

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("#overview details, #figures details")) {
    details.setAttribute("open", "");
  }
});

addEventListener("hashchange", route);
document.documentElement.classList.add("scripted");
find();
route();
