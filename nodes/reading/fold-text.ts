/**
 * Characters that draw nothing: format characters (zero-width, bidi controls, soft hyphen, tags)
 * and the fillers that Unicode counts as letters.
 */
const invisible = /[\p{Cf}\u115F\u1160\u3164\uFFA0]/gu;

/** Line ends other than `\n`. */
const lineEnds = /\r\n?|[\v\f\u0085\u2028\u2029]/g;

/** Whether a text holds nothing but ASCII, as most do: little of it needs folding. */
function isAscii(text: string): boolean {
  return !/\P{ASCII}/u.test(text);
}

/** Whether a text is ASCII whose lines end in `\n` alone: none of it needs folding. */
function isPlain(text: string): boolean {
  return !/[\r\v\f\u0080-\uFFFF]/.test(text);
}

/** A text with `\n` at the end of every line. */
export function unifyLineEnds(text: string): string {
  return text.replace(lineEnds, "\n");
}

/**
 * A judge's text as it is read, line for line: one kind of line end, no invisible characters,
 * full-width forms as ASCII (models that think in Chinese or Japanese write `Answer：Ｂ`). Nothing
 * else is folded here: a heading in look-alike letters is no heading.
 */
export function foldWidth(text: string): string {
  if (isPlain(text)) return text;
  const lined = unifyLineEnds(text);
  if (isAscii(lined)) return lined;
  return lined
    .replace(invisible, "")
    .replace(/[\uFF01-\uFF5E]/g, (character) =>
      String.fromCodePoint((character.codePointAt(0) ?? 0) - 0xfee0),
    );
}

/**
 * Letters of other scripts that look like the letters our headings are made of, by Unicode's
 * confusables.
 */
const lookAlikes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: "аɑαᴀꭺ",
    b: "вьƅʙβᏼᏏ",
    c: "сϲᴄⅽꮯ",
    d: "ԁɗ",
    e: "еҽєεᴇꭼ",
    f: "ƒꞙ",
    h: "һհ",
    i: "іıɩιɪꭵӏ",
    k: "кκᴋ",
    l: "ⅼǀℓʟו",
    m: "мᴍ",
    n: "пոηɴ",
    o: "оοօσᴏ๐໐ဝ",
    p: "рρᴘ",
    r: "гᴦꭇꮁʀ",
    s: "ѕꜱʂꮪ",
    t: "тτᴛ",
    u: "υսᴜц",
    v: "νѵᴠט",
    w: "ԝѡωաᴡꮃ",
    x: "хχ",
    y: "уγүʏ",
  }).flatMap(([plain, doubles]) => Array.from(doubles, (double) => [double, plain] as const)),
);

/** Enclosed letters that compatibility decomposition leaves alone, by the code point of their A. */
const enclosedAlphabets = [0x1f150, 0x1f170, 0x1f1e6];

/** The value of a decimal digit of any script: their blocks begin at a zero and run to nine. */
function digitValue(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  let zero = codePoint;
  while (codePoint - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(codePoint - zero);
}

function foldCharacter(character: string): string {
  const plain = lookAlikes.get(character);
  if (plain !== undefined) return plain;
  if (/\p{Nd}/u.test(character)) return digitValue(character);
  const codePoint = character.codePointAt(0) ?? 0;
  const start = enclosedAlphabets.find((first) => codePoint >= first && codePoint < first + 26);
  return start === undefined ? character : String.fromCodePoint(0x61 + codePoint - start);
}

/**
 * A candidate's text as a judge might repeat it: lower case, accents and compatibility forms
 * undone (NFKD), digits of every script as ASCII, look-alike letters as the Latin ones. Only for
 * comparing, never for show.
 */
export function foldLookAlikes(text: string): string {
  if (isPlain(text)) return text.toLowerCase();
  const folded = foldWidth(text);
  if (isAscii(folded)) return folded.toLowerCase();
  return folded
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/\P{ASCII}/gu, foldCharacter);
}

/** Only the letters and digits of a text, folded as `foldLookAlikes` does. */
export function squeezeLookAlikes(text: string): string {
  return isPlain(text) ? squeezeAscii(text) : squeezeFolded(foldLookAlikes(text));
}

/** Only the letters and digits of a text that `foldLookAlikes` made. */
export function squeezeFolded(folded: string): string {
  return isAscii(folded) ? squeezeAscii(folded) : folded.replace(/[^\p{L}\p{N}]+/gu, "");
}

/** By the code of an ASCII character: that of its small letter, or of its digit; 0 for others. */
const asciiKept = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCodePoint(code).toLowerCase();
  return /[a-z0-9]/.test(character) ? (character.codePointAt(0) ?? 0) : 0;
});

/** All texts that are compared pass here, and a regular expression takes three times as long. */
function squeezeAscii(text: string): string {
  const bytes = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = asciiKept[text.codePointAt(at) ?? 0] ?? 0;
    bytes[length] = code;
    if (code !== 0) length += 1;
  }
  return bytes.toString("latin1", 0, length);
}
