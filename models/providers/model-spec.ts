import { FellowshipError } from "../../state/fellowship-error.ts";
import { closestWord } from "../../state/closest-word.ts";
import type { Provider } from "./provider.ts";
import { providerNames, providers } from "./providers.ts";

/** `provider:model`; the model may itself hold colons and slashes. */
export type ModelSpec = {
  readonly provider: Provider;
  readonly model: string;
  readonly text: string;
};

/**
 * Takes `provider:model` apart at the first colon.
 *
 * @throws FellowshipError `bad_usage` for an unknown provider or a missing model, naming those
 *   there are.
 * @example parseModelSpec("ollama:gemma2:9b") // { model: "gemma2:9b", text: "ollama:gemma2:9b", … }
 */
export function parseModelSpec(text: string): ModelSpec {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const model = colon < 0 ? "" : text.slice(colon + 1).trim();
  const provider = findProvider(name);
  if (provider === undefined) {
    throw new FellowshipError(
      "bad_usage",
      `Model "${text}": unknown provider "${name}". Expected provider:model with one of ` +
        `${providerNames.join(", ")}.${meantBy(text, name)}`,
      { facts: { model: text } },
    );
  }
  if (model === "") {
    throw new FellowshipError(
      "bad_usage",
      `Model "${text}": no model after the provider. Expected for example ${name}:NAME.`,
      { facts: { model: text } },
    );
  }
  return { provider, model, text };
}

/** Families of models whose makers serve them, by the start of the model's name. */
const makers: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt|chatgpt|o\d)/i, "openai"],
  [/^claude/i, "anthropic"],
  [/^(?:gemini|gemma)/i, "google"],
];

/** What a spec without a known provider probably meant, as a sentence; empty where unknown. */
function meantBy(text: string, name: string): string {
  if (text.includes("${")) return " Variables are not replaced here; use --model instead.";
  const [, maker] = makers.find(([start]) => start.test(name)) ?? [];
  if (maker !== undefined && findProvider(maker)) return ` Did you mean ${maker}:${text}?`;
  const meant = text.includes(":") ? closestWord(name, providerNames) : null;
  return meant === null ? "" : ` Did you mean ${meant}${text.slice(name.length)}?`;
}

function findProvider(name: string): Provider | undefined {
  return providers.find((provider) => provider.name === name);
}

/** The provider of a model spec; undefined where it names none. */
export function providerOf(spec: string): Provider | undefined {
  return spec.includes(":") ? findProvider(spec.slice(0, spec.indexOf(":"))) : undefined;
}

/** Whether a provider goes by this name. */
export function isProviderName(name: string): boolean {
  return findProvider(name) !== undefined;
}

/** Takes the place of a model spec for an agent whose custom node asks no model. */
export const noModel = "none";

/**
 * Whether a model answers in this process: it sends nothing, costs nothing, and answers by the
 * address of a call.
 */
export function isInProcess(spec: string): boolean {
  const provider = providerOf(spec);
  return spec === noModel || (provider !== undefined && "createInProcess" in provider);
}

/** Whether a model's tokens cost nothing. */
export function isFree(spec: string): boolean {
  const provider = providerOf(spec);
  return isInProcess(spec) || (provider !== undefined && "isFree" in provider);
}
