import { html as hono, raw } from "hono/html";

/** Markup; texts put into it by `html` are escaped. */
export type Html = ReturnType<typeof raw>;

/** Markup in which every value that isn't markup itself is escaped as text. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  // It is a promise only if a value is one.
  return hono(strings, ...values) as Html;
}

export { raw };
