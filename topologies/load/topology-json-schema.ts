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
        const beside = takeIncludable(jsonSchema);
        if (beside !== null) jsonSchema.oneOf?.push(fileReference(beside));
      },
    }),
  };
}

/** A topology in a file of its own, with the keys that may stand beside the file. */
function fileReference(beside: Readonly<Record<string, z.ZodType>>): z.core.JSONSchema.JSONSchema {
  const keys = Object.entries(beside).map(([key, schema]) => [key, jsonSchemaOf(schema)] as const);
  return {
    type: "object",
    properties: {
      file: {
        type: "string",
        description: "A topology file, relative to the file that names it",
        examples: ["judge.yaml"],
      },
      ...Object.fromEntries(keys),
    },
    required: ["file"],
    additionalProperties: false,
  };
}

function jsonSchemaOf(schema: z.ZodType): z.core.JSONSchema.JSONSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: "draft-7", io: "input" });
  return rest;
}
