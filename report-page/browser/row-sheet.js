import { askedParts } from "./asked-messages.js";
import { dollars, elementById, make, short, textBlock, textOf, whole } from "./elements.js";
import { index } from "./row-index.js";
import { badge, found, linkTo, otherMarks } from "./row-list.js";
import { sheetAt } from "./row-store.js";

/* One row as a ladder of its versions. */

/** The words of more votes than these are shown when asked for. */
const mostOpenVotes = 2;

export const rowSheet = elementById("row-sheet");
/** The row that is shown, as a place in the index. */
let current = -1;

/**
 * Shows a row in place of the one before.
 *
 * @param {number} place
 */
export async function showRow(place) {
  current = place;
  const sheet = await sheetAt(place);
  if (current !== place) return;
  rowSheet.replaceChildren(...(sheet === null ? [missingSheet()] : sheetParts(sheet, place)));
  rowSheet.querySelector("h2")?.focus();
}

const missingSheet = () =>
  make(
    "p",
    { class: "watch" },
    "This row's file is missing. Keep report-rows/ beside report.html.",
  );

/**
 * @param {Sheet} sheet
 * @param {number} place
 */
function sheetParts(sheet, place) {
  const run = index.runs[index.run[place] ?? 0];
  const position = found.indexOf(place);
  const before = position > 0 ? found[position - 1] : undefined;
  const after = position >= 0 ? found[position + 1] : undefined;
  const cost = `${whole(index.tokens[place] ?? 0)} tokens, ${dollars(index.usd[place] ?? null)}, ${sheet.calls.length} calls`;
  return [
    make(
      "p",
      { class: "row-links" },
      make("a", { href: "#rows" }, "All rows"),
      ...(before === undefined
        ? []
        : [make("a", { href: linkTo(before), rel: "prev" }, "← Row before")]),
      ...(after === undefined
        ? []
        : [make("a", { href: linkTo(after), rel: "next" }, "Row after →")]),
    ),
    make("h2", { tabindex: -1 }, `Row ${sheet.row}: ${sheet.id}`),
    make(
      "p",
      {},
      ...(index.runs.length > 1 && run !== undefined ? [`Run ${run.name}. `] : []),
      make("strong", {}, sheet.outcome),
      ` · ${cost} `,
      ...otherMarks(place).map(badge),
    ),
    ...(sheet.reasons.length === 0
      ? []
      : [
          make(
            "ul",
            { class: "reasons" },
            ...sheet.reasons.map((reason) => make("li", {}, reason)),
          ),
        ]),
    ...promptParts(sheet),
    ...pairParts(sheet),
    ...ladderParts(sheet),
    ...callParts(sheet),
    ...(run === undefined ? [] : commandParts(`${run.command} --row ${sheet.row}`)),
  ];
}

/** @param {Sheet} sheet */
function promptParts({ prompt, fields }) {
  const parts = prompt.map(({ name, text }) => textBlock(name, text));
  const others = fields.map(({ name, text }) => textBlock(name, text));
  return [
    ...(parts.length === 0 ? [] : [make("h3", {}, "Prompt"), ...parts]),
    ...(others.length === 0
      ? []
      : [
          make(
            "details",
            {},
            make("summary", {}, `Other fields of the input (${others.length})`),
            ...others,
          ),
        ]),
  ];
}

/** @param {Sheet} sheet */
function pairParts({ pairs }) {
  if (pairs.length === 0) return [];
  return [
    make(
      "h3",
      {},
      pairs.length === 1 ? "Chosen and rejected" : `Chosen and rejected: ${pairs.length} pairs`,
    ),
    ...pairs.map((pair, number) => {
      const margin = pair.scoreMargin === null ? "" : `, score margin ${short(pair.scoreMargin)}`;
      const kept = pair.isKept ? "in dpo.jsonl" : "not in a data file";
      const title = `${pair.chosen.name || "Chosen"} over ${pair.rejected.name || "rejected"} (${kept}${margin})`;
      const details = make(
        "details",
        { class: "pair", open: number === 0 },
        make("summary", {}, title),
      );
      const fill = () => {
        if (/** @type {HTMLDetailsElement} */ (details).open && details.childElementCount === 1) {
          details.append(difference(pair));
        }
      };
      details.addEventListener("toggle", fill);
      fill();
      return details;
    }),
  ];
}

/**
 * The two texts beside each other, with the words in which they differ.
 *
 * @param {Pair} pair
 */
function difference({ chosen, rejected }) {
  // oxlint-disable-next-line no-undef -- the diff library, which stands before this script
  const changes = globalThis.Diff?.diffWordsWithSpace(rejected.text, chosen.text, {
    timeout: 800,
  });
  /**
   * @param {"added" | "removed"} own
   * @param {"added" | "removed"} other
   * @param {string} text
   * @returns {(Node | string)[]}
   */
  const column = (own, other, text) =>
    changes === undefined
      ? [text]
      : changes
          .filter((change) => change[other] !== true)
          .map((change) =>
            change[own] === true
              ? make(own === "added" ? "ins" : "del", {}, change.value)
              : change.value,
          );
  return make(
    "div",
    { class: "sides" },
    make(
      "div",
      { class: "said chosen" },
      make("p", { class: "name" }, `Chosen: ${chosen.name}`),
      make("div", { class: "content", dir: "auto" }, ...column("added", "removed", chosen.text)),
    ),
    make(
      "div",
      { class: "said rejected" },
      make("p", { class: "name" }, `Rejected: ${rejected.name}`),
      make("div", { class: "content", dir: "auto" }, ...column("removed", "added", rejected.text)),
    ),
  );
}

/** @param {Sheet} sheet */
function ladderParts(sheet) {
  if (sheet.steps.length === 0) return [];
  return [
    make("h3", {}, "What happened, in order"),
    make(
      "ol",
      { class: "ladder" },
      ...sheet.steps.map((step) => make("li", { class: step.kind }, ...stepParts(step, sheet))),
    ),
  ];
}

/**
 * @param {Sheet["steps"][number]} step
 * @param {Sheet} sheet
 * @returns {Node[]}
 */
function stepParts(step, sheet) {
  const by = "by" in step && step.by !== "" ? ` · ${step.by}` : "";
  const call = "call" in step && step.call !== null ? sheet.calls[step.call] : undefined;
  const title = make("h4", {}, `${step.name}${by}`);
  if (step.kind === "response") {
    if (step.isBest) title.append(" ", badge("best"));
    return [
      title,
      textOf(step.text),
      ...step.notes.map((note) => make("p", { class: "note" }, note)),
      ...thinkingOf(call),
      ...askedParts(sheet, step.call, "What was asked"),
    ];
  }
  if (step.kind === "review") {
    if (step.score !== null) title.append(` · ${short(step.score)} of 10`);
    return [
      title,
      textOf(step.text),
      ...thinkingOf(call),
      ...askedParts(sheet, step.call, "What was asked"),
    ];
  }
  if (step.kind === "talk") {
    return [
      title,
      textOf(call?.text ?? ""),
      ...(call?.detail === undefined ? [] : [make("p", { class: "note" }, call.detail)]),
      ...thinkingOf(call),
      ...askedParts(sheet, step.call, "What was asked"),
    ];
  }
  return [
    title,
    make(
      "p",
      {},
      make("strong", {}, step.outcome),
      ...(step.scores === null
        ? []
        : [
            ` · ${step.sides[0]} ${short(step.scores[0])}, ${step.sides[1]} ${short(step.scores[1])}`,
          ]),
      ...(step.isFlipped ? [" ", badge("flipped with the order")] : []),
    ),
    ...step.effects.map((effect) => make("p", { class: "note" }, effect)),
    ...step.votes.map((vote) => votePart(vote, sheet, step.votes.length <= mostOpenVotes)),
  ];
}

/**
 * @param {Vote} vote
 * @param {Sheet} sheet
 * @param {boolean} isOpen
 */
function votePart(vote, sheet, isOpen) {
  const scores =
    vote.scores === null
      ? ""
      : `: ${vote.shown.map((name, side) => `${name} ${short(vote.scores?.[side] ?? 0)}`).join(", ")}`;
  const order = vote.isSwapped ? ", order swapped" : "";
  const title = `${vote.agent}${order}: ${vote.outcome}${scores}`;
  const said = vote.calls.flatMap((number) => {
    const call = sheet.calls[number];
    return call === undefined ? [] : [{ call, number }];
  });
  return make(
    "details",
    { class: "vote", open: isOpen },
    make("summary", {}, title),
    make(
      "p",
      { class: "note" },
      `${vote.model} · shown as A: ${vote.shown[0]}; shown as B: ${vote.shown[1]}`,
    ),
    ...(vote.isLost
      ? [
          make(
            "p",
            { class: "note" },
            "A shown response contains the same verdict, so this one can't be told from it.",
          ),
        ]
      : []),
    ...said.flatMap(({ call, number }) => [
      ...(call.part === "" && said.length === 1
        ? []
        : [
            make(
              "p",
              { class: "name" },
              [call.part, `turn ${call.turn}`].filter(Boolean).join(", "),
            ),
          ]),
      textOf(call.text),
      ...(call.detail === undefined ? [] : [make("p", { class: "note" }, call.detail)]),
      ...thinkingOf(call),
      ...askedParts(sheet, number, "What this judge was shown"),
    ]),
    ...(said.length === 0
      ? [make("p", { class: "empty" }, "No call is recorded for this vote.")]
      : []),
  );
}

/** @param {Call | undefined} call */
function thinkingOf(call) {
  if (call?.thinking === undefined) return [];
  return [make("details", {}, make("summary", {}, "Thinking"), textOf(call.thinking))];
}

/** @param {Sheet} sheet */
function callParts({ calls }) {
  if (calls.length === 0) return [];
  const head = ["Agent", "Part", "Turn", "Model", "Outcome", "In", "Out", "Dollars"];
  const rows = calls.map((call) => [
    call.agent,
    call.part || "–",
    String(call.turn),
    call.model,
    `${call.outcome.replaceAll("_", " ")}${call.isPromptTruncated === true ? ", prompt cut" : ""}`,
    call.tokens === null ? "unknown" : whole(call.tokens.in),
    call.tokens === null ? "unknown" : whole(call.tokens.out),
    dollars(call.usd),
  ]);
  const table = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
    make(
      "tbody",
      {},
      ...rows.map((cells) => make("tr", {}, ...cells.map((cell) => make("td", {}, cell)))),
    ),
  );
  return [
    make("h3", {}, "Calls"),
    make(
      "div",
      { class: "table", tabindex: 0, role: "group", "aria-label": "Calls of this row" },
      table,
    ),
  ];
}

/** @param {string} command */
function commandParts(command) {
  return [
    make("h3", {}, "Replay this row"),
    make(
      "p",
      { class: "note" },
      "Prints every question and answer of the row again, from the run's directory. It sends nothing.",
    ),
    make("pre", { tabindex: 0 }, make("code", {}, command)),
  ];
}
