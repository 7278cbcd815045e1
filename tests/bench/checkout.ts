import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The checkout that holds this file, compiled or not. */
export const checkout = checkoutAbove(import.meta.dirname);

function checkoutAbove(folder: string): string {
  return existsSync(join(folder, "bin/fellowship.js")) ? folder : checkoutAbove(dirname(folder));
}

/**
 * A compiled module of the bench, for a process of its own: a process that compiles on the way
 * would be measured with its compiler.
 */
export function compiledModule(name: string): string {
  return join(checkout, "dist/tests/bench", `${name}.js`);
}
