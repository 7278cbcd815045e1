import { type Choice, choiceOf, parseChoice } from "./parse-choice.ts";
import { choiceNamed, parseComparison } from "./parse-comparison.ts";
import { parseScore, type Scale, scoreInSentence } from "./parse-score.ts";

/** A heading of a verdict in a text, and the value under it. */
export interface FoundReading<Slot extends string, Value extends string | number> {
  slot: Slot;
  /** Null where the heading stands over nothing that can be read. */
  value: Value | null;
  /** The lines of the folded text (`foldWidth`) that heading and value take, from 0, inclusive. */
  firstLine: number;
  lastLine: number;
}

/** A heading under which a verdict stands, and how its value is written (contract section 7). */
export interface VerdictForm<Slot extends string, Value extends string | number> {
  /**
   * Headings at the start of a line without Markdown marks; group 1 is the label, where there is
   * one.
   */
  readonly headings: readonly RegExp[];
  /** True where a heading needs its colon, or Markdown marks and a line of its own. */
  readonly strictHeading: boolean;
  /** The slot that a heading's label stands for. */
  slotOf(label: string): Slot;
  /** The value a text begins with; null where it can't be read. */
  parse(text: string): Value | null;
  /** The value in a sentence under a heading, where the form allows one. */
  parseSentence?(text: string): Value | null;
  /** The value of a text that holds nothing but one line. */
  parseAlone?(text: string): Value | null;
  /** The value of a line that holds nothing else, by itself or among others. */
  parseLine?(line: string): Value | null;
  /** Values in double brackets or a box anywhere on a line, such as `[[A]]` and `\boxed{B}`. */
  readonly bracketed: boolean;
  /** The slot of a member of a JSON object, by its key in lower-case letters and digits alone. */
  jsonSlot(key: string): Slot | null;
  /** The slot under which copies are looked for, where a judge may have changed the heading. */
  copySlot?(slot: Slot): Slot;
  /** Heading and value in a text of which only letters and digits are left, in lower case. */
  readonly squeezed: RegExp;
  /**
   * The values that such a match may stand for; `text` is what it was found in, from the value on.
   */
  squeezedValues(match: RegExpMatchArray, text: string): Value[];
}

const squeezedNumber = /^\d+(?:[.,]\d+)?/;

/** A number, with the marks and the white space that may stand in it kept or left out. */
function numbersAt(text: string): number[] {
  const start = text.slice(0, 64);
  const unmarked = start.replace(/[*_~`\\]/g, "");
  return [start, unmarked, unmarked.replace(/\s/g, "")].flatMap((variant) => {
    const found = squeezedNumber.exec(variant);
    return found === null ? [] : [Number(found[0].replace(",", "."))];
  });
}

const end = String.raw`(?![\p{L}\p{M}\p{N}])`;
const final = String.raw`(?:(?:my|the|final|overall|total|revised|corrected)\s+){0,3}`;
const scoreWord = String.raw`(?:scores?|ratings?|punktzahl|bewertung|note|puntuaci[oó]n|puntaje|calificaci[oó]n|punteggio|pontua[cç][aã]o|nota|оценка|балл\p{L}{0,3}|得分|评分|評分|分数|スコア|評価|점수)`;
const whoWord = String.raw`(?:(?:ai\s+)?(?:assistant|assistent\p{L}{0,2}|asistente|assistente|response|model|answer)|ассистент\p{L}{0,3}|助手|助理|アシスタント|어시스턴트)`;
const link = String.raw`(?:\s*(?:for|of|to|de\s+l['’]|de|del|do|da|di|dell['’]|des|du|der|für|von|pour|para|per|для|the|の|的|[-:(])\s*){0,3}`;
const side = String.raw`\s*[#(]?\s*([ab12])(?![\p{M}\p{N}'’]|[a-zà-ÿ])\)?`;
const possessive = String.raw`(?:\s*['’]s)?(?:\s+(?:response|answer))?`;

/** `Score Assistant A: 8/10` and `Score Assistant B: 7/10`; 1 and 2 stand for A and B. */
export const pairScoresForm = onePerScale((scale): VerdictForm<"a" | "b", number> => {
  return {
    headings: [
      new RegExp(`^${final}${scoreWord}\\s*${link}${whoWord}${side}${possessive}`, "iu"),
      new RegExp(
        String.raw`^${final}${whoWord}\s*[#(]?\s*([ab12])(?![\p{M}\p{N}]|[a-zà-ÿ])\)?${possessive}\s*(?:の|的)?\s*[-:(]?\s*${final}${scoreWord}\)?${end}`,
        "iu",
      ),
      /^(?:final\s+)?(?:score|rating)\s+(?:for\s+)?([ab])(?=\s*[:=])/iu,
      /^([ab])['’]s\s+(?:final\s+)?(?:score|rating)(?=\s*[:=])/iu,
    ],
    strictHeading: false,
    slotOf: (label) => (label.toLowerCase() === "a" || label === "1" ? "a" : "b"),
    parse: (text) => parseScore(text, scale),
    parseSentence: (text) => scoreInSentence(text, scale),
    bracketed: false,
    jsonSlot(key) {
      const found =
        /^(?:score|rating)?(?:for|of)?(?:assistant|response|model)?([ab12])(?:overall|final)?(?:score|rating)?$/.exec(
          key,
        );
      if (found === null) return null;
      return found[1] === "a" || found[1] === "1" ? "a" : "b";
    },
    squeezed: /scoreassistant([ab12])(?=\d)/g,
    squeezedValues: (_match, text) => numbersAt(text),
  };
});

/** `Overall Score: 8/10`, `Final Rating: 8/10`, `Score: 8/10`. */
export const overallScoreForm = onePerScale((scale): VerdictForm<"overall" | "plain", number> => {
  return {
    headings: [
      new RegExp(
        `^(?:(?:my|the)\\s+)?((?:overall|final|total)(?:\\s+(?:overall|final))?|gesamt|综合|總|总)[\\s-]*(?:${scoreWord}|assessment|grade)${end}`,
        "iu",
      ),
      /^(gesamtpunktzahl|gesamtbewertung|gesamtnote|note\s+globale|puntuaci[oó]n\s+(?:general|total|global)|nota\s+(?:geral|final)|punteggio\s+complessivo|общая\s+оценка|総合評価|종합\s*점수)(?![\p{L}\p{M}\p{N}])/iu,
      /^((?:overall|total|gesamt|总分|總分|总体评分|总体得分|最终得分|最终评分))(?=\s*:)/iu,
      new RegExp(`^${scoreWord}()${end}(?!['’]s)`, "iu"),
    ],
    strictHeading: false,
    slotOf: (label) => (label === "" ? "plain" : "overall"),
    parse: (text) => parseScore(text, scale),
    parseSentence: (text) => scoreInSentence(text, scale),
    parseAlone: (text) => (/\//.test(text) ? parseScore(text, scale) : null),
    bracketed: true,
    jsonSlot(key) {
      if (/^(?:overall|final|total)(?:score|rating)?$/.test(key)) return "overall";
      return /^(?:score|rating)$/.test(key) ? "plain" : null;
    },
    copySlot: () => "overall",
    squeezed: /(?:score|rating)(?=\d)/g,
    squeezedValues: (_match, text) => numbersAt(text),
  };
});

/** A form is made once for each scale: what a text holds of it is remembered by the form. */
function onePerScale<Form>(make: (scale: Scale) => Form): (scale: Scale) => Form {
  const made = new Map<Scale, Form>();
  return (scale) => {
    const form = made.get(scale) ?? make(scale);
    made.set(scale, form);
    return form;
  };
}

const verdictKey =
  /^(?:final)?(?:answer|verdict|winner|choice|decision|judge?ment|preference|preferred|better|best)(?:assistant|response|answer|choice|verdict)?$/;
const verdictWord = String.raw`(?:answer|veredicto|verdetto|最终答案|最終答案|最终结论|verdict|winner|choice|decision|judge?ment|conclusion|preference|antwort|urteil|réponse|respuesta|risposta|resposta|ответ|вердикт|答案|回答|结论|結論|裁决|答え|정답|답변|(?:better|best|preferred|winning)(?:\s+(?:assistant|response|answer|one))?)`;
const verdictHeading = new RegExp(`^${final}${verdictWord}(?![\\p{L}\\p{M}\\p{N}'’])`, "iu");

/** An option of a quiz: `A. The mitochondria`. */
const quizOption =
  /^[^\p{L}\p{N}]{0,8}[abc][.,;:!)]\s+(?!(?:the\s+)?(?:ai\s+)?(?:assistant|response|model)\b)\p{L}/iu;

/** `Answer: A`, `Final Verdict: B`, `[[C]]`. */
export const choiceForm: VerdictForm<"choice", Choice> = {
  headings: [verdictHeading],
  // "Answer" is an everyday word, and "a" another
  strictHeading: true,
  slotOf: () => "choice",
  parse: parseChoice,
  parseAlone: (text) => (quizOption.test(text) ? null : parseChoice(text)),
  bracketed: true,
  jsonSlot: (key) => (verdictKey.test(key) ? "choice" : null),
  squeezed:
    /(?:answer|verdict|winner|choice|decision|judge?ment|conclusion|preference|antwort|urteil)(?:(?:assistant|response)(?=[ab]))?(?=([abc])|(tie))/g,
  squeezedValues(match, text) {
    const name = match[2] ?? match[1] ?? "";
    return /^[\p{L}\p{N}]/u.test(text.slice(name.length)) ? [] : [choiceOf(name)];
  },
};

/** `Verdict: Assistant 2`, `Answer: B`: a comparison that does not stand on the first line. */
export const comparisonForm: VerdictForm<"choice", Choice> = {
  headings: [verdictHeading, /^output(?![\p{L}\p{M}\p{N}'’])/iu],
  strictHeading: true,
  slotOf: () => "choice",
  parse: (text) => parseComparison(text)?.choice ?? parseChoice(text),
  bracketed: true,
  jsonSlot: (key) => (verdictKey.test(key) ? "choice" : null),
  squeezed:
    /(?:answer|verdict|winner|output|better(?:one|assistant|response)?)(?:the)?(?:(?:assistant|response)(?=[ab12]))?(?=([abc12])|(equal|tie|draw|neither))/g,
  squeezedValues(match, text) {
    const name = match[1] ?? match[2] ?? "";
    return /^[\p{L}\p{N}]/u.test(text.slice(name.length)) ? [] : [choiceNamed(name)];
  },
};

/** How a custom judge prompt has verdicts written (contract section 4). */
export type Writing = "letter" | "brackets" | "json";

/**
 * A form of which one way of writing counts and no other: a letter on a line of its own, `[[A]]`
 * (MT-Bench, arXiv 2306.05685; Arena-Hard, arXiv 2406.11939) or `[RESULT] A` (Prometheus 2, arXiv
 * 2405.01535), or a JSON object.
 */
export function writtenAs<Slot extends string, Value extends string | number>(
  form: VerdictForm<Slot, Value>,
  writing: Writing,
): VerdictForm<Slot, Value> {
  return {
    ...form,
    headings: [],
    parseSentence: () => null,
    parseAlone: () => null,
    parseLine: (line) => (writing === "letter" ? (form.parseAlone?.(line) ?? null) : null),
    bracketed: writing === "brackets",
    jsonSlot: (key) => (writing === "json" ? form.jsonSlot(key) : null),
  };
}
