import { defineExport } from "./export-kind.ts";
import { assistant, type NumberedGeneration } from "./generation-lines.ts";
import { SftLine } from "./preference-lines.ts";

export const sft = defineExport({
  name: "sft",
  schema: SftLine,
  holds: "each prompt with its best response (TRL: conversational language modelling)",
  linesOf: (row: NumberedGeneration) => [sftLine(row)],
});

/** The prompt with the best response, for `sft.jsonl`. */
export function sftLine({ result }: NumberedGeneration): SftLine {
  return { id: result.id, messages: [...result.prompt, ...assistant(result, result.best)] };
}
