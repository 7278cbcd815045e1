import { isSameText } from "../../state/same-text.ts";
import { passes, type CheckResponse } from "./check.ts";
import { countWords } from "./count-words.ts";
import { holdsPhrase } from "./holds-phrase.ts";
import { jsonValidator, type JsonSchema } from "./json-validator.ts";
import type { Language } from "./languages.ts";
import { linearPattern } from "./linear-pattern.ts";

/** The makers of the checks that ship with the project, by the key that a topology has for each. */
export const builtInChecks = {
  /** A regular expression in RE2's syntax is found anywhere in the text. */
  matches: (pattern: string): CheckResponse => passes(linearPattern(pattern)),
  /** It is found nowhere. */
  doesNotMatch: (pattern: string): CheckResponse => {
    const isFound = linearPattern(pattern);
    return passes((text) => !isFound(text));
  },
  /** Every phrase is in the text, as whole words. */
  contains: (phrases: string | readonly string[]): CheckResponse =>
    passes((text) => [phrases].flat().every((phrase) => holdsPhrase(text, phrase))),
  /** None of the phrases is. */
  avoids: (phrases: string | readonly string[]): CheckResponse =>
    passes((text) => ![phrases].flat().some((phrase) => holdsPhrase(text, phrase))),
  /** The whole text is JSON (true), and conforms to a schema. */
  json: (schema: true | JsonSchema): CheckResponse =>
    passes(jsonValidator(schema === true ? null : schema)),
  wordsAtMost: (most: number): CheckResponse => passes((text) => countWords(text) <= most),
  wordsAtLeast: (least: number): CheckResponse => passes((text) => countWords(text) >= least),
  /** Characters are Unicode code points. */
  charactersAtMost: (most: number): CheckResponse =>
    passes((text) => Array.from(text).length <= most),
  charactersAtLeast: (least: number): CheckResponse =>
    passes((text) => Array.from(text).length >= least),
  language: (wanted: Language): CheckResponse => {
    return async (text) => {
      // A megabyte of n-grams, which only this check needs.
      const { eld } = await import("eld/small");
      return { share: eld.detect(text).language === wanted ? 1 : 0 };
    };
  },
  /** The text is the row's reference answer (`isSameText`). */
  equals: (_column: "reference"): CheckResponse => {
    return (text, { reference }) => {
      if (reference !== null) return { share: isSameText(text, reference) ? 1 : 0 };
      const detail = "equals: reference needs a reference answer, which this row has not";
      return { failure: { reason: "bad_input", detail } };
    };
  },
} as const;
