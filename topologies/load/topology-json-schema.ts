import * as z from "zod";
import { kinds } from "../kinds/kinds.ts";
import { unionOf } from "../kinds/union-of.ts";
import { takeIncludable } from "../schema/shared-keys.ts";
import { studySchema } from "../schema/study-schema.ts";

const files = unionOf([...kinds, { graph: "study", schema: studySchema }]);

/**
 * The JSON Schema of topology files and of plans, for editors: draft 7, which all of them know. It is made from
 * the definition that files are checked against, before defaults are filled in. What JSON Schema
 * can't say, or not well (names that occur twice, which steps a chain may have behind its first) it
 * leaves to the check.
 */
export function topologyJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: "A topology of Fellowship, or a plan of a study",
    ...z.toJSONSchema(files, {
      target: "draft-7",
      io: "input",
      override: ({ jsonSchema }) => {
        delete jsonSchema.id;
        // zod's own bound of a whole number, which says nothing to people.
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        if (takeIncludable(jsonSchema)) jsonSchema.oneOf?.push(fileReference);
      },
    }),
  };
}

const fileReference: z.core.JSONSchema.JSONSchema = {
  type: "object",
  properties: {
    file: {
      type: "string",
      description: "A topology file, relative to the file that names it",
      examples: ["judge.yaml"],
    },
  },
  required: ["file"],
  additionalProperties: false,
};
