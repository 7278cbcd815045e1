import type { GenerationResult } from "../../state/row-result.ts";
import { defineExport } from "./export-kind.ts";
import { assistant, roundOf, writerOf, type NumberedGeneration } from "./generation-lines.ts";
import { KtoLine, sameTexts } from "./preference-lines.ts";

export const kto = defineExport({
  name: "kto",
  schema: KtoLine,
  holds: "single responses with a label, true or false (TRL: conversational unpaired preference)",
  linesOf: (row: NumberedGeneration) => ktoLines(row),
});

/**
 * Lines of a row for `kto.jsonl`: the best response true, every response that lost a comparison
 * false, the others left out (contract section 4). Where nothing was compared the only response is
 * the best, and true. A text has one line: one that lost and is the best's text too is true.
 */
export function ktoLines(row: NumberedGeneration): KtoLine[] {
  const { responses, best } = row.result;
  const lost = lostResponses(row.result);
  const lines = responses.flatMap((_, index) =>
    index === best || lost.has(index) ? [ktoLine(row, index, index === best)] : [],
  );
  return lines.filter((line, index) => {
    const alike = lines.filter((other) => sameTexts(other.completion, line.completion));
    return line.label || (!alike.some(({ label }) => label) && lines.indexOf(alike[0]!) === index);
  });
}

/** Responses of a row that lost a comparison, and have the text of its best response. */
export function contradictions({ result }: NumberedGeneration): number {
  const best = assistant(result, result.best);
  return [...lostResponses(result)].filter((index) => sameTexts(assistant(result, index), best))
    .length;
}

function lostResponses({ comparisons, best }: GenerationResult): Set<number> {
  const lost = new Set(
    comparisons.flatMap(({ won, incumbent, challenger }) =>
      won === null ? [] : [won === incumbent ? challenger : incumbent],
    ),
  );
  lost.delete(best);
  return lost;
}

function ktoLine({ number, result }: NumberedGeneration, index: number, label: boolean): KtoLine {
  return {
    id: result.id,
    prompt: [...result.prompt],
    completion: assistant(result, index),
    label,
    source: { row: number, round: roundOf(result, index), agent: writerOf(result, index) },
  };
}
