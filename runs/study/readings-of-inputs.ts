import type { ColumnMap } from "../../datasets/rows/column-map.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { shownAddress } from "../../state/files/remote-address.ts";
import { findColumns } from "../input/inspect-input.ts";
import { columnsText } from "../input/input-text.ts";
import type { InputReading } from "../input/read-input.ts";

/** How a study's input is read. */
export type ReadingOf = (input: string) => InputReading | undefined;

/**
 * A study reads several inputs with one `--map`. Each mapped field is read from its column in the
 * inputs that have the column; the others are read as they are.
 *
 * @throws FellowshipError `bad_input` naming the inputs where none of them has a mapped column
 */
export async function readingsOfInputs(
  inputs: readonly string[],
  reading: InputReading | undefined,
): Promise<ReadingOf> {
  const map = reading?.map ?? [];
  if (map.length === 0) return () => reading;
  const found = new Map<string, Awaited<ReturnType<typeof findColumns>>>();
  for (const input of new Set(inputs)) found.set(input, await findColumns(input, map));
  for (const { column } of map) refuseUnknown(column, found);
  return (input) => {
    const missing = found.get(input)?.missing ?? [];
    const own = map.filter(({ column }: ColumnMap) => !missing.includes(column));
    return { ...reading, map: own };
  };
}

function refuseUnknown(
  column: string,
  found: ReadonlyMap<string, { readonly columns: readonly string[]; missing: readonly string[] }>,
): void {
  const inputs = [...found];
  if (inputs.some(([, { missing }]) => !missing.includes(column))) return;
  const lines = inputs.map(
    ([path, { columns }]) => `  ${shownAddress(path)}: ${columnsText([...columns])}`,
  );
  throw new FellowshipError(
    "bad_input",
    `--map: expected a column ${JSON.stringify(column)} in an input of the study, found none. ` +
      `Columns found:\n${lines.join("\n")}`,
    { facts: { column, inputs: inputs.map(([path]) => path) } },
  );
}
