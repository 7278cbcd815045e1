import type { ModelSettings } from "../../model-settings.ts";

/**
 * What to change in the topology, by the setting that a refusal names; null where it names none
 * that an agent has.
 */
export function settingHint(detail: string, settings: ModelSettings): string | null {
  const param = paramNamed(detail, settings);
  if (param !== null) {
    return `take ${param} out of params at the agent, or give it another value there`;
  }
  if (/temperature/i.test(detail)) {
    return (
      "take the temperature off: temperature: null at the agent, or --set " +
      "agents.NAME.temperature=null"
    );
  }
  if (/max_?(?:completion_?|output_?)?tokens/i.test(detail)) return maxTokensHint(detail, settings);
  if (/\bstream/i.test(detail)) return "it only streams, and answers are never streamed here";
  return null;
}

/** A server that takes the longest answer in another field mostly says in which. */
function maxTokensHint(detail: string, { maxTokensField }: ModelSettings): string {
  const fields = detail.match(/\bmax_(?:completion_|output_)?tokens\b/gi) ?? [];
  const sent = maxTokensField ?? "max_tokens";
  const other = fields.map((name) => name.toLowerCase()).find((name) => name !== sent);
  const leave = "or leave maxTokens out at the agent";
  if (other === undefined)
    return `lower maxTokens at the agent, name its field with maxTokensField, ${leave}`;
  return (
    `write maxTokensField: ${other} at the agent, as in --set ` +
    `agents.NAME.maxTokensField=${other}, ${leave}`
  );
}

/** Whether a refusal names one of the agent's `params`. */
export function namesParam(detail: string, settings: ModelSettings): boolean {
  return paramNamed(detail, settings) !== null;
}

/** The outermost key of `params` that stands in a refusal as a word of its own. */
function paramNamed(detail: string, { params = {} }: ModelSettings): string | null {
  const words = new Set(detail.match(/\w+/g));
  return Object.keys(params).find((key) => words.has(key)) ?? null;
}
