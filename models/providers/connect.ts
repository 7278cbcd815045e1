import { FellowshipError } from "../../state/fellowship-error.ts";
import type { ModelSettings } from "../model-settings.ts";
import { parseModelSpec, type ModelSpec } from "./model-spec.ts";
import type { Connection, RemoteProvider } from "./provider.ts";

/** The source of keys and addresses; `process.env` in commands. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The connections of a model: one, or one for each of its `baseUrls`.
 *
 * @throws FellowshipError `bad_usage` where a key or an address is missing or malformed, naming its
 *   variable
 */
export function connect(
  spec: ModelSpec,
  provider: RemoteProvider,
  settings: ModelSettings,
  environment: Environment,
): Connection[] {
  const apiKey = findKey(spec, provider, environment);
  const addresses = addressesOf(spec, provider, settings, environment);
  return addresses.map((baseUrl) => ({
    provider: provider.name,
    model: spec.model,
    apiKey,
    baseUrl,
    settings,
  }));
}

/**
 * The address of a model's server where the provider has no fixed one (`compatible`, `ollama`,
 * `azure` …) or the agent names its own; several are parted by spaces, in one order. The same spec at
 * another address is another model. Undefined for providers with a fixed address and models in this
 * process.
 *
 * @throws FellowshipError `bad_usage` where the address is missing or malformed
 */
export function serverOf(
  spec: string,
  environment: Environment,
  { baseUrls }: Pick<ModelSettings, "baseUrls"> = {},
): string | undefined {
  const parsed = parseModelSpec(spec);
  const { provider } = parsed;
  if ("createInProcess" in provider) return undefined;
  if (baseUrls === undefined && isFixed(provider)) return undefined;
  return addressesOf(parsed, provider, { baseUrls }, environment).toSorted().join(" ");
}

function isFixed({ baseUrl, keyOptional }: RemoteProvider): boolean {
  return baseUrl !== undefined && keyOptional !== true;
}

/** In the order given. */
function addressesOf(
  spec: ModelSpec,
  provider: RemoteProvider,
  { baseUrls }: Pick<ModelSettings, "baseUrls">,
  environment: Environment,
): string[] {
  if (baseUrls === undefined) return [findAddress(spec, provider, environment)];
  const addresses = baseUrls.map((address) =>
    checkAddress(address.trim(), "baseUrls", provider.usualPath),
  );
  for (const address of addresses) refuseStranger(address, spec, provider, environment);
  refuseRepeated(addresses);
  return addresses;
}

/** Each address has slots of its own: one that is named twice would be sent twice its share. */
function refuseRepeated(addresses: readonly string[]): void {
  const repeated = addresses.find((address, at) => addresses.indexOf(address) !== at);
  if (repeated === undefined) return;
  throw new FellowshipError(
    "bad_usage",
    `baseUrls names ${repeated} twice; expected each address once. Leave one out: how much ` +
      "a server takes is found by itself.",
    { facts: { address: repeated } },
  );
}

/** The key of a provider with an address of its own goes to no other host that a file names. */
function refuseStranger(
  address: string,
  spec: ModelSpec,
  provider: RemoteProvider,
  environment: Environment,
): void {
  if (!isFixed(provider) || isLoopback(address)) return;
  const { host } = new URL(address);
  const usual = [environment[provider.baseUrlVariable]?.trim() ?? "", provider.baseUrl ?? ""];
  if (usual.some((own) => URL.canParse(own) && new URL(own).host === host)) return;
  throw new FellowshipError(
    "bad_usage",
    `baseUrls: the key of ${provider.name} would go to ${host}. For a server of your own ` +
      `write compatible:${spec.model}; for a proxy of ${provider.name} set ` +
      `${provider.baseUrlVariable}.`,
    { facts: { model: spec.text, host } },
  );
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
    `${variable}: expected a key, got characters that stand in none (a space, a line break, ` +
      "a typographic quotation mark?).",
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
    `Model "${spec.text}" needs an address: set the environment variable ${variable}, for ` +
      `example to ${exampleUrl}.`,
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
