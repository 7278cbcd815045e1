import type { InitializeHook, ResolveHook } from "node:module";

/** Addresses of this program. */
type Places = {
  /** The compiled index.ts. */
  readonly entry: string;
  /** The folders of the sources and of the compiled files, each with a slash at the end. */
  readonly sources: string;
  readonly compiled: string;
};

let places: Places | undefined;

export const initialize: InitializeHook<Places> = (given) => {
  places = given;
};

/**
 * A hook of Node's module loading. A user's module that imports `fellowship`, or in a checkout a
 * source file of it, gets the module that already runs: a second copy would have a state of its
 * own, and its classes would be other classes.
 */
export const resolve: ResolveHook = async (specifier, context, next) => {
  if (places === undefined) return next(specifier, context);
  if (specifier === "fellowship") {
    return { url: places.entry, format: "module", shortCircuit: true };
  }
  const found = await next(specifier, context);
  const { sources, compiled } = places;
  const [, path] =
    /^(?!dist\/|node_modules\/|examples\/|tests\/)([\w-]+\/[^?]+)\.ts(?:\?|$)/.exec(
      found.url.startsWith(sources) ? found.url.slice(sources.length) : "",
    ) ?? [];
  if (path === undefined || sources === compiled) return found;
  return { url: `${compiled}${path}.js`, format: "module", shortCircuit: true };
};
