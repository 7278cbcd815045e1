/** The body of a response as text and, parsed once for all who read it, as JSON. */
export type Body = {
  readonly text: string;
  /** Undefined where the text is no JSON. */
  readonly json: unknown;
};

/** Parses the body of a response; never throws. */
export function parseBody(text: string): Body {
  try {
    return { text, json: JSON.parse(text) };
  } catch {
    return { text, json: undefined };
  }
}
