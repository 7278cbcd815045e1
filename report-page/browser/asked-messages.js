import { make, textBlock } from "./elements.js";
import { index } from "./row-index.js";

/* What a call was asked, put together from the texts of its row. */

/**
 * The texts of a sheet, numbered as `sheetTexts` of report-page/page/pack-messages.ts does.
 *
 * @param {Sheet} sheet
 */
function textsOf({ prompt, fields, steps, calls }) {
  return [
    ...prompt.map(({ text }) => text),
    ...fields.map(({ text }) => text),
    ...steps.flatMap((step) => ("text" in step ? [step.text] : [])),
    ...calls.map(({ text }) => text),
  ];
}

/**
 * The messages of a call under a title that opens them; nothing where they aren't known.
 *
 * @param {Sheet} sheet
 * @param {number | null} call
 * @param {string} title
 * @returns {Node[]}
 */
export function askedParts(sheet, call, title) {
  const messages = call === null ? undefined : sheet.asked?.[call];
  if (messages == null) return [];
  const details = make("details", { class: "asked" }, make("summary", {}, title));
  // Made when they are opened: a jury's messages would be most of the page.
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    const texts = textsOf(sheet);
    const partText = (/** @type {string | number} */ part) =>
      typeof part === "string" ? part : part < 0 ? index.phrases[-1 - part] : texts[part];
    details.append(
      ...messages.map(([role, parts]) => textBlock(role, parts.map(partText).join(""))),
    );
  });
  return [details];
}
