"use strict";

/* Shows one pair after the other, and sends the answers. Texts of pairs are only ever texts. */

/**
 * @typedef {{ name: string, text: string }} ShownText
 * @typedef {{ number: number, prompt: ShownText[], a: ShownText[], b: ShownText[] }} ShownPair
 * @typedef {object} LabelState
 * @property {string} person
 * @property {ShownPair | null} pair
 * @property {{ judged: number, skipped: number, pairs: number, labelled: number }} progress
 * @property {string} agreement
 * @property {string} note
 * @property {boolean} canUndo
 */

/** @type {LabelState | null} */
let shown = null;
let isBusy = true;

/** @param {string} id */
function elementById(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
}

/** @returns {HTMLButtonElement[]} */
const buttons = () => [...document.querySelectorAll("button")];

/**
 * @param {string} id
 * @param {ShownText[]} texts
 */
function showTexts(id, texts) {
  const blocks = texts.map(({ name, text }) => {
    const block = document.createElement("div");
    block.className = "said";
    if (name !== "") {
      const speaker = document.createElement("p");
      speaker.className = "name";
      speaker.textContent = name;
      block.append(speaker);
    }
    const content = document.createElement(text === "" ? "p" : "div");
    content.className = text === "" ? "empty" : "content";
    content.dir = "auto";
    content.textContent = text === "" ? "(an empty text)" : text;
    block.append(content);
    return block;
  });
  elementById(id).replaceChildren(...blocks);
}

/** @param {LabelState} state */
function show(state) {
  const isNext = state.pair?.number !== shown?.pair?.number;
  shown = state;
  const { pair, progress } = state;
  const { judged, pairs, skipped, labelled } = progress;
  elementById("agreement").textContent = state.agreement;
  elementById("progress").textContent =
    `${state.person}: ${judged} of ${pairs} judged` +
    `${skipped === 0 ? "" : `, ${skipped} skipped`}. By all people: ${labelled} of ${pairs}.`;
  const bar = /** @type {HTMLProgressElement} */ (elementById("bar"));
  bar.max = pairs;
  bar.value = judged;
  elementById("note").textContent = state.note;
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  main.hidden = pair === null;
  if (pair !== null && isNext) {
    showTexts("prompt", pair.prompt);
    showTexts("a", pair.a);
    showTexts("b", pair.b);
    scrollTo(0, 0);
  }
  enable();
}

function enable() {
  for (const button of buttons()) {
    const isUndo = button.dataset["answer"] === "undo";
    // Not disabled: a button that has the focus would lose it.
    const isOff = isBusy || (isUndo ? shown?.canUndo !== true : shown?.pair == null);
    button.setAttribute("aria-disabled", String(isOff));
  }
}

/** @param {string} problem */
function tellProblem(problem) {
  const element = elementById("problem");
  element.textContent = problem;
  element.hidden = problem === "";
}

/**
 * @param {string} path
 * @param {object} [body]
 */
async function ask(path, body) {
  isBusy = true;
  enable();
  try {
    const response = await fetch(
      path,
      body === undefined
        ? {}
        : {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          },
    );
    const read = await response.json();
    tellProblem(response.ok ? "" : read.problem);
    isBusy = false;
    if (response.ok) show(read);
  } catch {
    tellProblem(
      "Not stored: the command in the terminal does not answer. Start it again, and open the new address.",
    );
  }
  isBusy = false;
  enable();
}

/** @param {string | undefined} answer */
function give(answer) {
  if (isBusy || answer === undefined) return;
  if (answer === "undo") {
    if (shown?.canUndo === true) void ask("undo", {});
    return;
  }
  const pair = shown?.pair?.number;
  if (pair !== undefined) void ask("answer", { pair, answer });
}

/** @type {Record<string, string>} */
const keys = { a: "a", b: "b", t: "tie", s: "skip", u: "undo" };

addEventListener("keydown", (event) => {
  // A key that is held down answers once.
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const answer = Object.hasOwn(keys, event.key.toLowerCase())
    ? keys[event.key.toLowerCase()]
    : undefined;
  if (answer === undefined) return;
  event.preventDefault();
  give(answer);
});

for (const button of buttons()) {
  button.addEventListener("click", () => give(button.dataset["answer"]));
}

void ask("state");
