import { FellowshipError } from "../../state/fellowship-error.ts";
import { providerNames, type ProviderName } from "./provider-table.ts";

/** `provider:model`; the model may itself hold colons and slashes. */
export type ModelSpec = {
  readonly provider: ProviderName;
  readonly model: string;
  readonly text: string;
};

/**
 * Takes `provider:model` apart at the first colon.
 *
 * @throws FellowshipError `bad_usage` for an unknown provider or a missing model, naming those there are.
 * @example parseModelSpec("ollama:gemma2:9b") // { provider: "ollama", model: "gemma2:9b", … }
 */
export function parseModelSpec(text: string): ModelSpec {
  const colon = text.indexOf(":");
  const provider = colon < 0 ? text : text.slice(0, colon);
  const model = colon < 0 ? "" : text.slice(colon + 1).trim();
  if (!isProviderName(provider)) {
    throw new FellowshipError(
      "bad_usage",
      `Model "${text}": unknown provider "${provider}". Expected provider:model with one of ${providerNames.join(", ")}.`,
      { facts: { model: text } },
    );
  }
  if (model === "") {
    throw new FellowshipError(
      "bad_usage",
      `Model "${text}": no model after the provider. Expected for example ${provider}:NAME.`,
      { facts: { model: text } },
    );
  }
  return { provider, model, text };
}

/** Whether a provider goes by this name. */
export function isProviderName(name: string): name is ProviderName {
  return (providerNames as readonly string[]).includes(name);
}

/** What stands where a model spec would, for an agent whose node is the user's own and asks no model. */
export const noModel = "none";

/** Whether a model answers in this process: it sends nothing, costs nothing, and answers by the address of a call. */
export function isInProcess(spec: string): boolean {
  return /^(?:replay|sim):/.test(spec) || spec === noModel;
}
