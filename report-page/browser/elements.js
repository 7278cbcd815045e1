/** Making elements, and numbers as texts. */

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function elementById(id) {
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
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * A text under its name.
 *
 * @param {string} name
 * @param {string} text
 */
export function textBlock(name, text) {
  return make("div", { class: "said" }, make("p", { class: "name" }, name), textOf(text));
}

/** @param {string} text */
export const textOf = (text) =>
  text === ""
    ? make("p", { class: "empty" }, "(an empty text)")
    : make("div", { class: "content", dir: "auto" }, text);

/**
 * @param {number} value
 * @param {number} digits
 */
export const short = (value, digits = 2) => String(Number(value.toFixed(digits)));
/** @param {number | null} usd */
export const dollars = (usd) =>
  usd === null
    ? "unknown"
    : usd === 0
      ? "$0"
      : `$${usd >= 1 ? usd.toFixed(2) : usd.toPrecision(2)}`;
/** @param {number} value */
export const whole = (value) => value.toLocaleString("en-US");
