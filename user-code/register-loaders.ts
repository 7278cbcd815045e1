import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { packageRoot, shippedRoot } from "../state/package-root.ts";
import { join } from "node:path";

let isRegistered = false;

/**
 * Allows imports of modules in TypeScript, and makes them share this program's modules, however
 * they import them (`fellowship-resolver.ts`). Called when the first module of a user is loaded,
 * since a loader makes every import slower. Sources run under a loader already.
 */
export async function registerLoaders(): Promise<void> {
  if (isRegistered || import.meta.filename.endsWith(".ts")) return;
  isRegistered = true;
  const esm = await import("tsx/esm/api");
  const cjs = await import("tsx/cjs/api");
  // Paths of a tsconfig would lead to files that were not hashed.
  esm.register({ tsconfig: false });
  cjs.register();
  // After tsx, so that it is asked first.
  register("./fellowship-resolver.js", import.meta.url, {
    data: {
      entry: pathToFileURL(join(shippedRoot, "index.js")).href,
      sources: `${pathToFileURL(packageRoot).href}/`,
      compiled: `${pathToFileURL(shippedRoot).href}/`,
    },
  });
}
