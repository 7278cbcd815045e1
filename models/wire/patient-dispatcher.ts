/** Where the platform's HTTP client (undici) keeps the dispatcher that all requests go through. */
const globalDispatcher = Symbol.for("undici.globalDispatcher.1");

let options: { readonly dispatcher?: never } | undefined;

/**
 * Options of `fetch` that switch off its own time-outs. By default it ends a request after 300 seconds without headers,
 * which is less than a long answer takes that is not streamed; the wire's deadlines are the ones that count. The new
 * dispatcher is of the platform's own kind, so that a proxy taken from the environment stays. Where the platform
 * has none, or one that can't be made anew, its time-outs stay too.
 */
export function patientDispatcher(): { readonly dispatcher?: never } {
  options ??= createOptions();
  return options;
}

function createOptions(): { readonly dispatcher?: never } {
  // The platform loads its client when one of its classes is first used.
  void new Headers();
  const current = (globalThis as { [globalDispatcher]?: object })[globalDispatcher];
  try {
    const Dispatcher = current?.constructor as (new (limits: object) => never) | undefined;
    if (Dispatcher === undefined) return {};
    return { dispatcher: new Dispatcher({ headersTimeout: 0, bodyTimeout: 0 }) };
  } catch {
    return {};
  }
}
