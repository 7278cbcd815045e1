import { createRequire } from "node:module";
import type * as Validator from "ajv";
import { linearPattern } from "./linear-pattern.ts";

/** A JSON Schema (draft 7), as a topology file holds it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Whether a text is JSON and nothing else, and conforms to a schema where one is given. Patterns in
 * the schema are RE2's (`linearPattern`); `format` is not checked.
 *
 * @throws an error for a schema that is not valid.
 */
export function jsonValidator(schema: JsonSchema | null): (text: string) => boolean {
  const conforms = schema === null ? () => true : compiled(schema);
  return (text) => {
    try {
      return conforms(JSON.parse(text));
    } catch {
      // No JSON, or nested deeper than the stack goes.
      return false;
    }
  };
}

/** Why a schema can't be used, in words; null where it can. */
export function schemaProblem(schema: JsonSchema): string | null {
  try {
    compiled(schema);
    return null;
  } catch (error) {
    return `expected true or a JSON Schema (draft 7): ${(error as Error).message}`;
  }
}

/** Loaded with the first schema, at once: few topologies hold one. */
const loadValidator = () => createRequire(import.meta.url)("ajv") as typeof Validator;

function compiled(schema: JsonSchema): (value: unknown) => boolean {
  if ("$async" in schema) throw new Error("$async is not supported");
  const regExp = Object.assign((source: string) => ({ test: linearPattern(source) }), {
    code: "linearPattern",
  });
  const { Ajv } = loadValidator();
  const ajv = new Ajv({
    strict: false,
    logger: false,
    validateFormats: false,
    code: { regExp },
  });
  const validate = ajv.compile(schema);
  return (value) => validate(value);
}
