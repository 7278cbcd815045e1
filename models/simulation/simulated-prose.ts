import type { Draws } from "./seeded-draws.ts";

// No sentence names a score, an answer or a letter: a response must not hold what could be read as
// a verdict.
const responseSentences = [
  "This sentence stands where a real model would open with the main point.",
  "A first step would be named here, with the reason it comes first.",
  "Then an example would follow, small enough to check by hand.",
  "Here the text would say what the reader has to prepare.",
  "One exception would be mentioned, and how to tell when it applies.",
  "A comparison of two ways to do it might take up this line.",
  "The usual mistake would be described, so that nobody repeats it.",
  "This part would hold a short list, turned into a sentence.",
  "Figures would be given with their units and with where they come from.",
  "At this place a term would be explained in plain words.",
  "The text would come back to the request and to what was asked for.",
  "A limit of the method would be stated openly.",
  "Some background would be added, no more than is needed.",
  "The next paragraph would be prepared by a question.",
  "What is known and what is guessed would be kept apart.",
  "A reader in a hurry could stop after this line.",
  "Here a table would be described instead of drawn.",
  "The order of the steps would matter, and the text would say why.",
  "Two sources would disagree, and both would be named.",
  "A closing sentence would say what to do next.",
] as const;

const remarkSentences = [
  "The main point would be judged against the request.",
  "Its claims would be checked one after another.",
  "The order of its parts would be found helpful or confusing.",
  "Missing cases would be counted here.",
  "The tone would be weighed against who is asking.",
  "What is superfluous would be pointed out.",
  "The example would be tried and found to hold or not.",
  "Depth and brevity would be weighed against each other.",
] as const;

const suggestionSentences = [
  "put the main point into the first sentence",
  "give an example that can be checked by hand",
  "name the assumption behind the second step",
  "leave out what the request did not ask for",
  "say where the figures come from",
  "split the long paragraph in two",
  "explain the technical term where it first appears",
  "mention the case in which the advice fails",
  "end with what the reader should do next",
] as const;

const counted = responseSentences.map((text) => ({ text, words: text.split(" ").length }));
const sentencesInParagraph = 5;
const logSpread = 0.3;

/**
 * A simulated response's body: about `words` words on average, log-normal in length, in paragraphs;
 * at least one sentence.
 */
export function writeBody(words: number, draws: Draws): string {
  // A log-normal length has the mean `words` when its median lies this much lower.
  const wanted = words * Math.exp(logSpread * draws.gaussian() - logSpread ** 2 / 2);
  let written = 0;
  let body = "";
  for (let number = 0; ; number += 1) {
    const sentence = counted[draws.below(counted.length)] ?? counted[0];
    if (sentence === undefined) return body;
    // Half a sentence too many as often as half a sentence too few.
    if (number > 0 && written + sentence.words / 2 > wanted) return body;
    if (number > 0) body += number % sentencesInParagraph === 0 ? "\n\n" : " ";
    body += sentence.text;
    written += sentence.words;
  }
}

/** Two remarks about a text, for reasons and arguments. */
export function writeRemarks(draws: Draws): string {
  return pickNeighbours(remarkSentences, 2, draws).join(" ");
}

/** `count` different suggestions, in lower case and without a full stop. */
export function pickSuggestions(count: number, draws: Draws): string[] {
  return pickNeighbours(suggestionSentences, count, draws);
}

/**
 * Sentences that stand one behind the other in their list, from a drawn place on, so that none
 * comes twice.
 */
function pickNeighbours(sentences: readonly string[], count: number, draws: Draws): string[] {
  const start = draws.below(sentences.length);
  return [...sentences, ...sentences].slice(start, start + count);
}
