import { AsyncLocalStorage } from "node:async_hooks";
import { wireFetch } from "./wire.ts";

const adopted = new AsyncLocalStorage<boolean>();
let installed: typeof fetch | undefined;

/**
 * Puts the wire below a client that calls the global `fetch` and takes no other (Google's), for as
 * long as `run` takes and for its requests alone: a tracer's, made at the same time, pass
 * unchanged.
 */
export function withWireUnderGlobalFetch<Value>(run: () => Promise<Value>): Promise<Value> {
  if (installed === undefined || globalThis.fetch !== installed) {
    const below = globalThis.fetch;
    installed = (input, init) =>
      adopted.getStore() === true ? wireFetch(input, init) : below(input, init);
    globalThis.fetch = installed;
  }
  return adopted.run(true, run);
}
