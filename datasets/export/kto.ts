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
 * Lines of a row for `kto.jsonl`: the best response true, every response that lost a comparison false, the
 * others left out (contract section 4). Where nothing was compared the only response is the best, and true.
 */
export function ktoLines({ number, result }: NumberedGeneration): KtoLine[] {
  const lost = new Set(
    result.comparisons.flatMap(({ won, incumbent, challenger }) =>
      won === null ? [] : [won === incumbent ? challenger : incumbent],
    ),
  );
  const line = (index: number, label: boolean): KtoLine => ({
    id: result.id,
    prompt: [...result.prompt],
    completion: assistant(result, index),
    label,
    source: { row: number, round: roundOf(result, index), agent: writerOf(result, index) },
  });
  return result.responses.flatMap((_, index) => {
    if (index === result.best) return [line(index, true)];
    return lost.has(index) ? [line(index, false)] : [];
  });
}

/** Lines of one row that call the same text both true and false: a response that lost, and came again and won. */
export function contradictions(lines: readonly KtoLine[]): number {
  return lines.filter(
    ({ label, completion }) =>
      !label && lines.some((other) => other.label && sameTexts(other.completion, completion)),
  ).length;
}
