import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseJsonBytes } from "./parse-json.ts";
import { splitArray } from "./split-array.ts";
import { splitLines } from "./split-lines.ts";
import type { Piece, Splitter } from "./splitter.ts";
import { isJsonSpace } from "./splitter.ts";

const openBracket = 0x5b;
const openBrace = 0x7b;

/**
 * Cuts the bytes of a `.json` file into rows: the elements of an array, or, where the first line is
 * a whole object, the lines (JSONL under another name).
 *
 * @param maxRowBytes a longer element or line becomes the problem "row too large"
 * @throws FellowshipError `bad_input` out of `push` and `end`, where the text is neither
 */
export function splitJson(path: string, maxRowBytes: number): Splitter {
  const lines = splitLines(maxRowBytes);
  let chosen: Splitter | undefined;

  function choose(firstByte: number): Splitter {
    if (firstByte === openBracket) return splitArray(maxRowBytes);
    if (firstByte === openBrace) return onlyObjects(path, lines);
    throw notAnArray(path);
  }

  return {
    push(chunk) {
      const firstByte = chunk.find((byte) => !isJsonSpace(byte));
      // Blank bytes before the content still count as lines.
      if (chosen === undefined && firstByte === undefined) return lines.push(chunk);
      chosen ??= choose(firstByte ?? openBracket);
      return chosen.push(chunk);
    },
    end: () => chosen?.end() ?? [],
  };
}

/**
 * Lets lines through when the first one is a whole object, so that a single object over many lines
 * is told apart.
 */
function onlyObjects(path: string, lines: Splitter): Splitter {
  let checked = false;
  function check(pieces: Piece[]): Piece[] {
    const [first] = pieces;
    if (checked || first === undefined) return pieces;
    checked = true;
    if ("bytes" in first && !("value" in parseJsonBytes(first.bytes))) throw notAnArray(path);
    return pieces;
  }
  return { push: (chunk) => check(lines.push(chunk)), end: () => check(lines.end()) };
}

function notAnArray(path: string): FellowshipError {
  return new FellowshipError(
    "bad_input",
    `${path}: expected a JSON array of objects, found something else. ` +
      "Put the rows into one array [ … ], or write one object a line and name the file .jsonl.",
    { facts: { file: path } },
  );
}
