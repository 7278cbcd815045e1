import { elementById } from "./elements.js";

/**
 * The index of all rows, which the page holds.
 *
 * @type {Index}
 */
export const index = JSON.parse(elementById("report-index").textContent ?? "{}");
export const total = index.row.length;
