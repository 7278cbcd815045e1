/**
 * The report's own script. It finds rows, and shows one row as a ladder of its versions. Every text
 * of a run goes into the page by `textContent`, so none of them can become markup.
 */

/**
 * @typedef {{ name: string, text: string }} NamedText
 * @typedef {{ agent: string, part: string, turn: number, model: string, outcome: string,
 *   text: string, thinking?: string, finish: string | null,
 *   tokens: { in: number, out: number } | null, usd: number | null, detail?: string,
 *   isPromptTruncated?: true }} Call
 * @typedef {{ agent: string, model: string, shown: [string, string], isSwapped: boolean,
 *   outcome: string, scores: [number, number] | null, isLost: boolean, calls: number[] }} Vote
 * @typedef {{ kind: "response", name: string, by: string, text: string, notes: string[],
 *   isBest: boolean, call: number | null }} ResponseStep
 * @typedef {{ kind: "review", name: string, by: string, text: string, score: number | null,
 *   call: number | null }} ReviewStep
 * @typedef {{ kind: "talk", name: string, by: string, call: number }} TalkStep
 * @typedef {{ kind: "verdict", name: string, outcome: string, sides: [string, string],
 *   scores: [number, number] | null, isFlipped: boolean, votes: Vote[], effects: string[] }}
 *   VerdictStep
 * @typedef {{ chosen: NamedText, rejected: NamedText, scoreMargin: number | null,
 *   isKept: boolean }} Pair
 * @typedef {{ row: number, id: string, outcome: string, prompt: NamedText[], fields: NamedText[],
 *   steps: (ResponseStep | ReviewStep | TalkStep | VerdictStep)[], pairs: Pair[],
 *   reasons: string[], calls: Call[] }} Sheet
 * @typedef {{ runs: { name: string, command: string }[], marks: { name: string, label: string }[],
 *   run: number[], row: number[], id: string[], excerpt: string[], outcomes: string[],
 *   outcome: number[], mark: number[], margin: (number | null)[], round: (number | null)[],
 *   tokens: number[], usd: (number | null)[],
 *   fields: Record<string, { values: string[], of: number[] }>, chunkStarts: number[] | null }}
 *   Index
 * @typedef {"row" | "id" | "excerpt" | "outcome" | "margin" | "round" | "tokens" | "usd"} Column
 */

(() => {
  /** @type {Index} */
  const index = JSON.parse(elementById("report-index").textContent ?? "{}");
  const total = index.row.length;
  const pageSize = 50;
  /** The words of more votes than these are shown when asked for. */
  const mostOpenVotes = 2;

  // ---- Elements

  /**
   * @param {string} id
   * @returns {HTMLElement}
   */
  function elementById(id) {
    const found = document.getElementById(id);
    if (found === null) throw new Error(`the page has no element ${id}`);
    return found;
  }

  /**
   * Makes an element. Texts among its children stay texts.
   *
   * @param {string} tag
   * @param {Record<string, string | number | boolean>} attributes
   * @param {(Node | string)[]} children
   * @returns {HTMLElement}
   */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === true) element.setAttribute(name, "");
      else if (value !== false) element.setAttribute(name, String(value));
    }
    element.append(...children);
    return element;
  }

  /**
   * @param {number} value
   * @param {number} digits
   */
  const short = (value, digits = 2) => String(Number(value.toFixed(digits)));
  /** @param {number | null} usd */
  const dollars = (usd) =>
    usd === null
      ? "unknown"
      : usd === 0
        ? "$0"
        : `$${usd >= 1 ? usd.toFixed(2) : usd.toPrecision(2)}`;
  /** @param {number} value */
  const whole = (value) => value.toLocaleString("en-US");

  // ---- The sheets of rows: in the page, or in files beside it

  /** @type {string[] | null} */
  let lines = null;
  /** @type {Map<number, Sheet[]>} */
  const chunks = new Map();
  /** @type {Map<number, (sheets: Sheet[]) => void>} */
  const waiting = new Map();
  const mostChunks = 8;

  Object.assign(globalThis, {
    /**
     * Called by each file of rows.
     *
     * @param {number} number
     * @param {Sheet[]} sheets
     */
    fellowshipRows(number, sheets) {
      chunks.set(number, sheets);
      for (const oldest of chunks.keys()) {
        if (chunks.size <= mostChunks) break;
        chunks.delete(oldest);
      }
      waiting.get(number)?.(sheets);
      waiting.delete(number);
    },
  });

  /**
   * @param {number} place
   * @returns {Promise<Sheet | null>}
   */
  async function sheetAt(place) {
    const starts = index.chunkStarts;
    if (starts === null) {
      lines ??= (elementById("report-rows").textContent ?? "").split("\n");
      const line = lines[place];
      return line === undefined || line === "" ? null : JSON.parse(line);
    }
    let number = starts.length - 1;
    while (number > 0 && (starts[number] ?? 0) > place) number -= 1;
    const sheets = chunks.get(number) ?? (await loadChunk(number));
    return sheets?.[place - (starts[number] ?? 0)] ?? null;
  }

  /**
   * Puts back the texts that the page holds once: those of calls into their steps, and those of
   * responses into pairs.
   *
   * @param {Sheet | null} sheet
   */
  function unpack(sheet) {
    if (sheet === null) return null;
    /** @type {Map<string, string>} */
    const named = new Map();
    for (const step of sheet.steps) {
      if (!("text" in step)) continue;
      step.text ??= step.call === null ? "" : (sheet.calls[step.call]?.text ?? "");
      if (step.kind === "response") named.set(step.name, step.text);
    }
    for (const { chosen, rejected } of sheet.pairs) {
      for (const side of [chosen, rejected]) side.text ??= named.get(side.name) ?? "";
    }
    return sheet;
  }

  /**
   * @param {number} number
   * @returns {Promise<Sheet[] | null>}
   */
  function loadChunk(number) {
    return new Promise((resolve) => {
      waiting.set(number, resolve);
      const script = document.createElement("script");
      script.src = `report-rows/${number}.js`;
      script.addEventListener("load", () => script.remove());
      script.addEventListener("error", () => {
        script.remove();
        waiting.delete(number);
        resolve(null);
      });
      document.head.append(script);
    });
  }

  // ---- Finding rows

  const search = /** @type {HTMLInputElement} */ (elementById("search"));
  const selects = /** @type {NodeListOf<HTMLSelectElement>} */ (
    document.querySelectorAll("#filters select")
  );
  const list = elementById("row-list");
  const status = elementById("row-count");

  /** @type {{ column: Column, isDescending: boolean }} */
  let sorting = { column: "row", isDescending: false };
  let page = 0;
  /** @type {number[]} */
  let found = [];
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
    lines ??= (elementById("report-rows").textContent ?? "").split("\n");
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

  function find() {
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
    return index.fields[name.slice("field:".length)]?.of[place] === Number(value);
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
    status.textContent = shown;
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
    const names = markNames(index.mark[place] ?? 0);
    const run = index.runs.length > 1 ? `${index.runs[index.run[place] ?? 0]?.name}: ` : "";
    /** @type {Record<string, (Node | string)[]>} */
    const cells = {
      row: [`${run}${index.row[place]}`],
      id: [make("a", { href: linkTo(place) }, index.id[place] ?? "")],
      excerpt: [index.excerpt[place] ?? ""],
      outcome: [
        index.outcomes[index.outcome[place] ?? 0] ?? "",
        ...names.map((name) => badge(name)),
      ],
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
  /** @param {string} name */
  const badge = (name) => make("span", { class: "badge" }, name);
  /** @param {number} place */
  const linkTo = (place) =>
    index.runs.length > 1
      ? `#row=${(index.run[place] ?? 0) + 1}.${index.row[place]}`
      : `#row=${index.row[place]}`;

  // ---- One row

  const rowSheet = elementById("row-sheet");
  /** The row that is shown, as a place in the index. */
  let current = -1;

  /** @param {number} place */
  async function showRow(place) {
    current = place;
    const sheet = unpack(await sheetAt(place));
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
        ...markNames(index.mark[place] ?? 0).map(badge),
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

  /**
   * @param {string} name
   * @param {string} text
   */
  function textBlock(name, text) {
    return make("div", { class: "said" }, make("p", { class: "name" }, name), textOf(text));
  }

  /** @param {string} text */
  const textOf = (text) =>
    text === ""
      ? make("p", { class: "empty" }, "(an empty text)")
      : make("div", { class: "content", dir: "auto" }, text);

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
        make(
          "div",
          { class: "content", dir: "auto" },
          ...column("removed", "added", rejected.text),
        ),
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
      ];
    }
    if (step.kind === "review") {
      if (step.score !== null) title.append(` · ${short(step.score)} of 10`);
      return [title, textOf(step.text), ...thinkingOf(call)];
    }
    if (step.kind === "talk") {
      return [
        title,
        textOf(call?.text ?? ""),
        ...(call?.detail === undefined ? [] : [make("p", { class: "note" }, call.detail)]),
        ...thinkingOf(call),
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
    const said = vote.calls
      .map((number) => sheet.calls[number])
      .filter((call) => call !== undefined);
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
      ...said.flatMap((call) => [
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
      make("pre", { tabindex: 0 }, make("code", {}, command)),
    ];
  }

  // ---- Moving between the sheets of the page

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

  /** @param {string} name */
  function chooseMark(name) {
    const bit = index.marks.findIndex((mark) => mark.name === name);
    for (const select of selects)
      select.value = select.name === "mark" && bit >= 0 ? String(bit) : "";
    search.value = "";
    find();
  }

  /** @param {number} step */
  function turnPage(step) {
    page += step;
    showList();
    list.querySelector("a")?.focus();
  }

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
      setTimeout(() => search.focus());
    } else if (isRow && event.key === "Escape") location.hash = "#rows";
    else if (isRow && (event.key === "j" || event.key === "k")) {
      const link = rowSheet.querySelector(event.key === "j" ? "[rel=next]" : "[rel=prev]");
      /** @type {HTMLElement | null} */ (link)?.click();
    } else if (!elementById("rows").hidden && (event.key === "j" || event.key === "k")) {
      moveFocus(event.key === "j" ? 1 : -1);
    }
  });

  /** @param {number} step */
  function moveFocus(step) {
    const links = [...list.querySelectorAll("a")];
    const place = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    const next = place < 0 ? 0 : place + step;
    const pages = Math.ceil(found.length / pageSize);
    if (next >= links.length && page < pages - 1) turnPage(1);
    else links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
  }

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
})();
