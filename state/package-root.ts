import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The folder that holds prompts/, topologies/ and examples/: `dist` in a package, the checkout
 * itself for sources.
 */
export const shippedRoot = join(import.meta.dirname, "..");

/** The folder of package.json. */
export const packageRoot = existsSync(join(shippedRoot, "package.json"))
  ? shippedRoot
  : dirname(shippedRoot);

/** Fellowship's version, as in package.json. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
