/** A date or a number of a version at the end of a model's name: `-2024-08-06`, `@20241022`, `-002`. */
const version =
  /(?:[-@](?:\d{4}-?\d{2}-?\d{2}|\d{2}-\d{2}|\d{2}-\d{4}|\d{4}|\d{3}|v\d+(?::\d+)?|latest|preview|exp(?:erimental)?))+$/;

/**
 * The name under which a model answered, where it is another one than was asked; undefined where it
 * is the same, an alias of it or one of its versions, and where the answer names none. Another
 * version counts as another model only where the user named one.
 *
 * @param spec `provider:model`, as asked
 * @param answered The name in the answer
 * @example
 * otherModel("openai:gpt-4o", "gpt-4o-2024-08-06"); // undefined
 * otherModel("openai:gpt-4o", "gpt-4o-mini"); // "gpt-4o-mini"
 */
export function otherModel(spec: string, answered: string | null | undefined): string | undefined {
  if (answered == null || answered.trim() === "") return undefined;
  const asked = plainName(spec.slice(spec.indexOf(":") + 1));
  const named = plainName(answered);
  if (asked === named) return undefined;
  const [one, other] = [asked.replace(version, ""), named.replace(version, "")];
  if (one === other && !hasOtherDate(asked, named)) return undefined;
  return isLatestOf(asked, named) ? undefined : answered;
}

/** In small letters, without folders, the file's ending and the tags that name no other model. */
function plainName(name: string): string {
  const last = name.trim().toLowerCase().split("/").at(-1) ?? "";
  return last.replace(/\.gguf$/, "").replace(/:(?:latest|free|nitro|floor|online|exacto)$/, "");
}

function hasOtherDate(asked: string, named: string): boolean {
  const dates = [asked, named].map((name) => /\d{3,}[\d-]*$/.exec(name)?.[0].replaceAll("-", ""));
  return dates.every((date) => date !== undefined) && dates[0] !== dates[1];
}

/** `gemini-flash-latest` is answered by the newest model with all its words. */
function isLatestOf(asked: string, named: string): boolean {
  if (!asked.endsWith("-latest")) return false;
  const words = new Set(named.split(/[-.:@]/));
  const wanted = asked.replace(/-latest$/, "").split(/[-.:@]/);
  return wanted.every((word) => words.has(word)) && !words.has("lite") && !words.has("mini");
}
