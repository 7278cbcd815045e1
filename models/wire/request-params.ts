import type { ModelSettings } from "../model-settings.ts";

/** A request's body, or a part of it. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Puts the agent's `params` into the body of a request, and the longest answer into the field of
 * its `maxTokensField`.
 *
 * @param usualFields The fields in which the protocol holds the longest answer.
 */
export function withParams(
  body: Fields,
  { params, maxTokensField }: Pick<ModelSettings, "params" | "maxTokensField">,
  usualFields: readonly string[],
): Fields {
  const adapted: Record<string, unknown> = { ...body };
  const usual = usualFields.find((name) => adapted[name] !== undefined);
  if (maxTokensField !== undefined && usual !== undefined) {
    const longest = adapted[usual];
    delete adapted[usual];
    adapted[maxTokensField] = longest;
  }
  return { ...adapted, ...params };
}

/** The fields of an object in JSON; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Fields) : {};
}

/** The same fields under other names, where `names` has one. */
export function renamed(fields: Fields, names: Readonly<Record<string, string>>): Fields {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([key, value]) => [Object.hasOwn(names, key) ? names[key] : key, value]),
  );
}
