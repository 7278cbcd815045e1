import { FellowshipError } from "../../state/fellowship-error.ts";

/**
 * The text under a name in an experiment's values; a text alone is taken for the one
 * that is meant.
 *
 * @param where What `value` is, for the message: `outputs`, `referenceOutputs`.
 * @throws FellowshipError `bad_input` where there is none, naming the fields there are.
 * @example textField("outputs", { response: "Paris." }, "response") // "Paris."
 */
export function textField(where: string, value: unknown, name: string): string {
  if (typeof value === "string") return value;
  const text = fieldOf(value, name);
  if (typeof text === "string") return text;
  const found = Object.keys(Object(value) as object).join(", ") || "none";
  const message = `Expected a text in ${where}.${name}; the fields there are: ${found}.`;
  throw new FellowshipError("bad_input", message, { facts: { where, name } });
}

/** A field of a value that may be no object. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, name) ? value[name as keyof typeof value] : undefined;
}
