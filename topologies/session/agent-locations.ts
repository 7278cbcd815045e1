import { FellowshipError, isFellowshipError } from "../../state/fellowship-error.ts";

/**
 * By what a topology holds; kept beside it, since it is no part of what is written down or
 * compared.
 */
const placeOf = new WeakMap<object, (key?: string) => string>();

/**
 * Notes the location of every agent of a topology, for the messages of later steps.
 *
 * @param lineOf The location of a dotted key.
 */
export function noteLocations(topology: object, lineOf: (key: string) => string): void {
  const visit = (value: unknown, key: string): void => {
    if (typeof value !== "object" || value === null) return;
    placeOf.set(value, (inner) => {
      const whole = inner === undefined ? key : `${key}.${inner}`;
      return `${lineOf(whole)}: ${whole}`;
    });
    for (const [name, inner] of Object.entries(value)) {
      visit(inner, key === "" ? name : `${key}.${name}`);
    }
  };
  visit(topology, "");
}

/** Gives a copy the location of the original. */
export function withLocationOf<Copy extends object>(original: object, copy: Copy): Copy {
  const known = placeOf.get(original);
  if (known !== undefined) placeOf.set(copy, known);
  return copy;
}

/**
 * `judge.yaml:5: agents.judge`, or `judge.yaml:6: agents.judge.prompt` for a key of it; undefined
 * for an agent that was never in a file.
 */
export function locationOfAgent(agent: object, key?: string): string | undefined {
  return placeOf.get(agent)?.(key);
}

/** The same error, with the location of its agent in front. */
export function complaintAbout(agent: object, key: string | undefined, error: unknown): unknown {
  const place = locationOfAgent(agent, key);
  if (place === undefined || !isFellowshipError(error)) return error;
  const { code, facts, message } = error;
  return new FellowshipError(code, `${place}: ${message}`, {
    facts: { ...facts, place },
    cause: error,
  });
}
