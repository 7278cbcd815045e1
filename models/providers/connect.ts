import { FellowshipError } from "../../state/fellowship-error.ts";
import type { ModelSettings } from "../model-settings.ts";
import { parseModelSpec, type ModelSpec } from "./model-spec.ts";
import type { Connection, RemoteProvider } from "./provider.ts";

/** The source of keys and addresses; `process.env` in commands. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @throws FellowshipError `bad_usage` where a key or an address is missing or malformed, naming its
 *   variable
 */
export function connect(
  spec: ModelSpec,
  provider: RemoteProvider,
  settings: ModelSettings,
  environment: Environment,
): Connection {
  const apiKey = findKey(spec, provider, environment);
  const baseUrl = findAddress(spec, provider, environment);
  return { provider: provider.name, model: spec.model, apiKey, baseUrl, settings };
}

/**
 * The address of a model's server where the provider has no fixed one (`compatible`, `ollama`,
 * `azure` …): the same spec at another address is another model. It holds no user, password or
 * query. Undefined for providers with a fixed address and models in this process.
 *
 * @throws FellowshipError `bad_usage` where the address is missing or malformed
 */
export function serverOf(spec: string, environment: Environment): string | undefined {
  const parsed = parseModelSpec(spec);
  const { provider } = parsed;
  if ("createInProcess" in provider) return undefined;
  const isFixed = provider.baseUrl !== undefined && provider.keyOptional !== true;
  return isFixed ? undefined : findAddress(parsed, provider, environment);
}

/** Whether an address leads to this machine. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\])$/.test(hostname);
}

function findKey(spec: ModelSpec, provider: RemoteProvider, environment: Environment): string {
  const names = provider.keyVariables;
  const variable = names.find((name) => (environment[name]?.trim() ?? "") !== "");
  if (variable === undefined) {
    // A local server wants no key, and the client wants one.
    if (provider.keyOptional === true) return "none";
    throw new FellowshipError(
      "bad_usage",
      `Model "${spec.text}" needs a key: set the environment variable ${names.join(" or ")}.`,
      { facts: { model: spec.text, variable: names[0] } },
    );
  }
  const key = environment[variable]?.trim() ?? "";
  // What can't stand in a header comes back in an error that repeats it.
  if (/^[\u0021-\u007e]+$/.test(key)) return key;
  throw new FellowshipError(
    "bad_usage",
    `${variable}: expected a key, got characters that stand in none (a space, a line break, a typographic quotation mark?).`,
    { facts: { model: spec.text, variable } },
  );
}

function findAddress(spec: ModelSpec, provider: RemoteProvider, environment: Environment): string {
  const { baseUrlVariable: variable, exampleUrl = "http://127.0.0.1:8080/v1" } = provider;
  const configured = environment[variable]?.trim() ?? "";
  if (configured !== "") return checkAddress(configured, variable, provider.usualPath);
  if (provider.baseUrl !== undefined) return provider.baseUrl;
  throw new FellowshipError(
    "bad_usage",
    `Model "${spec.text}" needs an address: set the environment variable ${variable}, for example to ${exampleUrl}.`,
    { facts: { model: spec.text, variable } },
  );
}

/**
 * An address may get into traces and messages, so it holds no password. Returned without a slash at
 * the end.
 */
function checkAddress(address: string, variable: string, usualPath = ""): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new FellowshipError(
      "bad_usage",
      `${variable}: expected an address such as http://127.0.0.1:8080/v1.`,
      { facts: { variable } },
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new FellowshipError(
      "bad_usage",
      `${variable} holds a user name or password; put the key into its own variable.`,
      { facts: { variable } },
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw new FellowshipError(
      "bad_usage",
      `${variable}: expected an address that ends with its path, got one with "?" or "#".`,
      { facts: { variable } },
    );
  }
  const bare = address.replace(/\/+$/, "");
  return url.pathname === "/" ? bare + usualPath : bare;
}
