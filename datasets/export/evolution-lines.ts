import { callLine } from "../../state/calls/call-record.ts";
import { dataText } from "../../state/calls/kept-thinking.ts";
import type { EvolvedAnswer } from "../../state/generation/evolved-answer.ts";
import type { Message } from "../../state/message.ts";
import type { EvolutionResult } from "../../state/row-result.ts";
import { evolvedRecord } from "./evolved-file.ts";

/** A finished row with its place in the input. */
export type NumberedEvolution = { readonly number: number; readonly result: EvolutionResult };

/** The row's accepted rewrites, over all its answers. */
export function roundsOf({ answers }: Pick<EvolutionResult, "answers">): number {
  return answers.reduce((sum, { rounds }) => sum + rounds, 0);
}

/**
 * Every answer of a row as it was and as it is; those that were not taken up are what they were.
 */
export function answersOf({ conversation, answers }: EvolutionResult): [string, string][] {
  return conversation
    .filter(({ role }) => role === "assistant")
    .map(({ content }, index) => [
      answers.find(({ turn }) => turn === index + 1)?.before ?? content,
      content,
    ]);
}

/**
 * A row's line in `rows.jsonl` (contract section 5). Answers are told apart by the user turn that
 * they answer. Round 0 is the response as it was given; a verdict is of the response that stood
 * before its round as A and that of its round as B, or, where it is `against` another round, of
 * that one as A (revisions of a branching loop in a chain stand against each other first).
 * `endedEarly` of the row is that of its last answer which did.
 */
export function evolutionRowLine({ number, result }: NumberedEvolution) {
  const { id, input, answers, transcript } = result;
  const endedEarly = answers.findLast((answer) => answer.endedEarly !== undefined)?.endedEarly;
  return {
    id,
    row: number,
    input,
    rounds: roundsOf(result),
    answers: answers.map(answerOf),
    responses: answers.flatMap(responsesOf),
    verdicts: answers.flatMap(verdictsOf),
    ...(endedEarly === undefined ? {} : { endedEarly }),
    transcript: transcript.map(callLine),
  };
}

function answerOf({ turn, rounds, endedEarly }: EvolvedAnswer) {
  return { turn, rounds, ...(endedEarly === undefined ? {} : { endedEarly }) };
}

function responsesOf({ turn, before, rewrites }: EvolvedAnswer) {
  return [
    { turn, round: 0, text: before },
    ...rewrites.map(({ iteration, text, accepted, suggestions, agent }) => ({
      turn,
      round: iteration,
      text,
      accepted,
      suggestions,
      ...(agent === undefined ? {} : { agent }),
    })),
  ];
}

function verdictsOf({ turn, rewrites }: EvolvedAnswer) {
  return rewrites.flatMap(({ iteration, verdict, siblings = [] }) => [
    ...siblings.map((sibling) => ({
      turn,
      round: iteration,
      against: sibling.against,
      ...sibling.verdict,
    })),
    ...(verdict === null ? [] : [{ turn, round: iteration, ...verdict }]),
  ]);
}

/**
 * What a row has in the improved data: its record with the improved answers; a row that failed
 * comes out as it was given. Null for a row that is none, such as a broken line, which no file of
 * rows can hold.
 */
export function evolvedRow({ failure, input, ...result }: EvolutionResult): {
  value: unknown;
} | null {
  if (input === undefined) return null;
  if (failure !== undefined || result.shape === null) return { value: input };
  const record = input as Readonly<Record<string, unknown>>;
  return { value: evolvedRecord(record, result.shape, dataConversation(result)) };
}

/** The conversation with the thinking of the answers whose writer keeps it. */
function dataConversation({
  conversation,
  transcript,
}: Pick<EvolutionResult, "conversation" | "transcript">): Message[] {
  return conversation.map((message) =>
    message.role === "assistant"
      ? { ...message, content: dataText(message.content, transcript) }
      : message,
  );
}
