import type { StateSchemaFields } from "@langchain/langgraph";
import type * as z from "zod";
import { FellowshipError } from "../state/fellowship-error.ts";
import { createMistakes } from "../state/mistakes.ts";
import { schemaProblems } from "../topologies/load/schema-problems.ts";
import { section } from "../topologies/schema/agent-schema.ts";

/**
 * Checks an input before LangGraph does, whose message would be a list of issues in JSON.
 *
 * @param fields Of the input, each a zod schema.
 * @throws FellowshipError `bad_usage` with a sentence for each field that is unknown or of a wrong
 *   type, naming its key, what was expected and what was found
 */
export function refuseMistakes(input: object, fields: StateSchemaFields): void {
  const schema = section(fields as Readonly<Record<string, z.ZodType>>);
  const mistakes = createMistakes();
  for (const { key, message } of schemaProblems({ ...input }, schema)) {
    const sentence =
      key === "prompt"
        ? "expected a text, or a list of messages such as { role: user, content: text }"
        : message;
    const text = `${key}: ${sentence.replace(/(?<![.?])$/, ".")}`;
    mistakes.add(new FellowshipError("bad_usage", text, { facts: { key } }));
  }
  mistakes.throwIfAny();
}
