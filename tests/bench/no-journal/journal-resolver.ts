import type { ResolveHook } from "node:module";

const onDisk = new URL("../../../runs/journal/journal.js", import.meta.url).href;
const inMemory = new URL("memory-journal.js", import.meta.url).href;

/** A hook of Node's module loading: an import of the journal gets the one in memory. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const found = await next(specifier, context);
  return found.url === onDisk ? { ...found, url: inMemory } : found;
};
