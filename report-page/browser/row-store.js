import { elementById } from "./elements.js";
import { index, inflated } from "./row-index.js";

/* The sheets of rows: in the page, or in files beside it. */

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
   * @param {string} text
   */
  async fellowshipRows(number, text) {
    /** @type {Sheet[]} */
    const sheets = await inflated(text);
    chunks.set(number, sheets);
    for (const oldest of chunks.keys()) {
      if (chunks.size <= mostChunks) break;
      chunks.delete(oldest);
    }
    waiting.get(number)?.(sheets);
    waiting.delete(number);
  },
});

/** The sheets that the page itself holds, a line of JSON each. */
export function allLines() {
  lines ??= (elementById("report-rows").textContent ?? "").split("\n");
  return lines;
}

/**
 * A row's sheet; null where its file is missing.
 *
 * @param {number} place
 * @returns {Promise<Sheet | null>}
 */
export async function sheetAt(place) {
  return unpack(await packedSheetAt(place));
}

/**
 * @param {number} place
 * @returns {Promise<Sheet | null>}
 */
async function packedSheetAt(place) {
  const starts = index.chunkStarts;
  if (starts === null) {
    const line = allLines()[place];
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
