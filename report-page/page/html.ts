import { html as hono, raw } from "hono/html";
import { visibleText } from "./visible-text.ts";

/** Markup; texts put into it by `html` are escaped. */
export type Html = ReturnType<typeof raw>;

/**
 * Markup in which every value that isn't markup itself is escaped as text, its control characters
 * in their visible form.
 */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  // It is a promise only if a value is one.
  return hono(strings, ...values.map(visible)) as Html;
}

function visible(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(visible);
  return typeof value === "string" ? visibleText(value) : value;
}

export { raw };
