import { isUtf8 } from "node:buffer";
import { badInput, type RowProblem } from "./row-value.ts";

/** The text of a record, and whether its bytes were Windows-1252. */
export type TableText = { readonly text: string; readonly isWindows1252: boolean };

/**
 * The characters of Windows-1252 at 0x80 to 0x9F, where it differs from Latin-1; a space where it has
 * none. Node's own decoder takes these bytes for Latin-1 (nodejs/node#56542).
 */
const characters = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/** A character of several bytes in UTF-8, about (RFC 3629, section 4). */
const longCharacter = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/;

/**
 * Decodes a record of a CSV file: UTF-8, or else Windows-1252, as Excel saves "CSV" in Western
 * Europe and America. A record with characters of both is in neither, and can't be used.
 */
export function decodeTableText(bytes: Buffer): TableText | RowProblem {
  if (isUtf8(bytes)) return { text: bytes.toString("utf8"), isWindows1252: false };
  if (longCharacter.test(bytes.toString("latin1"))) {
    const remedy = "Replace the damaged characters";
    return badInput(`expected UTF-8 text, found UTF-8 with bytes that are none. ${remedy}`);
  }
  let hasUnassigned = false;
  const text = bytes.toString("latin1").replaceAll(/[\x80-\x9f]/g, (character) => {
    const meant = characters[character.charCodeAt(0) - 0x80];
    hasUnassigned ||= meant === " ";
    return meant ?? character;
  });
  if (hasUnassigned) {
    const expected = "expected UTF-8 or Windows-1252 text, found bytes that are neither";
    return badInput(`${expected}. Save the file again as UTF-8`);
  }
  return { text, isWindows1252: true };
}
