import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { Endpoint, ModelSettings } from "../endpoint.ts";
import { parseModelSpec, type ModelSpec } from "./model-spec.ts";
import type { Connection } from "./connection.ts";
import { providers, type Provider } from "./provider-table.ts";

/** Where keys and addresses come from; `process.env` in commands. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes a model spec into something that can be asked. The client of a provider is loaded only when it is used.
 *
 * @param longestAnswer In tokens, for an agent that sets no `maxTokens`. It is no setting of the agent's and no part of a
 *   call's hash, so that a run goes on with the answers it has when a budget comes or goes.
 * @throws FellowshipError `bad_usage` where a key or an address is missing (naming the variable), or a cassette can't be read.
 */
export async function createEndpoint(
  spec: string,
  settings: ModelSettings,
  environment: Environment,
  longestAnswer?: number,
): Promise<Endpoint> {
  const parsed = parseModelSpec(spec);
  const provider: Provider = providers[parsed.provider];
  const maxTokens = settings.maxTokens ?? longestAnswer;
  const sent = { ...settings, maxTokens };
  const chatModel = await createChatModel(parsed, provider, sent, environment);
  return {
    spec,
    settings,
    longestAnswer: maxTokens,
    chatModel,
    dialect: dialects[provider.client],
  };
}

const dialects = {
  openai: "openai",
  google: "google",
  replay: "in-process",
  sim: "in-process",
} as const;

async function createChatModel(
  spec: ModelSpec,
  provider: Provider,
  settings: ModelSettings,
  environment: Environment,
): Promise<BaseChatModel> {
  switch (provider.client) {
    case "replay":
      return (await import("../in-process/replay-chat-model.ts")).createReplayChatModel(spec.model);
    case "sim":
      return (await import("../simulation/sim-chat-model.ts")).createSimChatModel(spec.model);
    case "google":
      return (await import("./google.ts")).createGoogle(
        connect(spec, provider, settings, environment),
      );
    case "openai":
      return (await import("./openai.ts")).createOpenAi(
        connect(spec, provider, settings, environment),
      );
  }
}

function connect(
  spec: ModelSpec,
  provider: Provider,
  settings: ModelSettings,
  environment: Environment,
): Connection {
  const apiKey = findKey(spec, provider, environment);
  const baseUrl = findAddress(spec, provider, environment);
  return { provider: spec.provider, model: spec.model, apiKey, baseUrl, settings };
}

function findKey(spec: ModelSpec, provider: Provider, environment: Environment): string {
  const names = provider.keyVariables ?? [];
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

function findAddress(spec: ModelSpec, provider: Provider, environment: Environment): string {
  const variable = provider.baseUrlVariable ?? "";
  const configured = environment[variable]?.trim() ?? "";
  if (configured !== "") return checkAddress(configured, variable, provider.usualPath);
  if (provider.baseUrl !== undefined) return provider.baseUrl;
  throw new FellowshipError(
    "bad_usage",
    `Model "${spec.text}" needs an address: set the environment variable ${variable}, for example to http://127.0.0.1:8080/v1.`,
    { facts: { model: spec.text, variable } },
  );
}

/** An address may end up in traces and messages, so a password has no place in it. Returned without a slash at the end. */
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
