import { toJsonLine, type JsonlWriter } from "./jsonl-writer.ts";
import { openOutput } from "./open-output.ts";

/**
 * Opens a JSON file that is one array, an element a line, for writing; see `openOutput` for where
 * it is until the commit, and what is thrown. The same elements give the same bytes. In what
 * `commit` returns, `lines` counts elements.
 */
export async function openJsonArrayWriter(path: string): Promise<Omit<JsonlWriter, "flush">> {
  const output = await openOutput(path);
  let elements = 0;
  return {
    write(value) {
      elements += 1;
      return output.write(`${elements === 1 ? "[" : ","}\n${toJsonLine(value).trimEnd()}`);
    },
    async commit() {
      await output.write(elements === 0 ? "[]\n" : "\n]\n");
      return { ...(await output.commit()), lines: elements };
    },
    abort: () => output.abort(),
  };
}
