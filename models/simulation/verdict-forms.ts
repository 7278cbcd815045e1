import { askedMark } from "./asked-mark.ts";
import { perceivePair, perceiveResponse } from "./perceived-quality.ts";
import { writeScore } from "./score-steps.ts";
import { writeRemarks } from "./simulated-prose.ts";
import { writeFeedback, type Writer } from "./written-texts.ts";

// A form is a function from the writer to its text: what it sees, and how it says so.

/** Evaluation, score out of 10 and feedback. */
export function writeReview(writer: Writer): string {
  const seen = perceiveResponse(writer.call.messages, writer);
  return [
    `### Evaluation:\nSimulated evaluation. ${writeRemarks(writer.draws)}`,
    `### Overall Score: ${writeScore(seen, 10)}`,
    `### Feedback:\n${writeFeedback(writer)}`,
  ].join("\n\n");
}

/** The score of a response shown alone. */
export function writeSingleScore(writer: Writer, scale: number): string {
  const seen = perceiveResponse(writer.call.messages, writer);
  return [evidence(writer), `### Overall Score: ${writeScore(seen, scale)}${markOf(writer)}`].join(
    "\n\n",
  );
}

/** The reward of the last message, from about -2 to 2, as a reward model gives it. */
export function writeReward(writer: Writer): string {
  return (4 * perceiveResponse(writer.call.messages, writer) - 2).toFixed(4);
}

/** Both scores of two responses shown side by side. */
export function writePairScores(writer: Writer, scale: number): string {
  const seen = perceivePair(writer.call.messages, writer);
  return [
    evidence(writer),
    `### Score Assistant A: ${writeScore(seen.first, scale)}${markOf(writer)}`,
    `### Score Assistant B: ${writeScore(seen.second, scale)}${markOf(writer)}`,
  ].join("\n\n");
}

/** Which of two responses is better; C where the difference seems smaller than the band of ties. */
export function writeChoice(writer: Writer): string {
  const better = betterOf(writer);
  return [
    evidence(writer),
    `### Answer: ${better === "neither" ? "C" : better}${markOf(writer)}`,
  ].join("\n\n");
}

/** The same on the first line, by name. */
export function writeComparison(writer: Writer): string {
  const better = betterOf(writer);
  const verdict = better === "neither" ? "Equal" : `Assistant ${better}`;
  return `${verdict}${markOf(writer)}\nSimulated judgement. ${writeRemarks(writer.draws)}`;
}

function betterOf(writer: Writer): "A" | "B" | "neither" {
  const seen = perceivePair(writer.call.messages, writer);
  const margin = seen.first - seen.second;
  if (Math.abs(margin) < writer.parameters.tie || margin === 0) return "neither";
  return margin > 0 ? "A" : "B";
}

/** A verdict in no form that anyone could read; a review's feedback is still there. */
export function writeUnreadable(writer: Writer): string {
  const remarks = `Simulated remarks that keep to no form. ${writeRemarks(writer.draws)}`;
  return writer.call.expects.kind === "review" ? `${remarks} ${writeFeedback(writer)}` : remarks;
}

function markOf({ call }: Writer): string {
  return askedMark(call.messages);
}

function evidence({ draws }: Writer): string {
  return `### Evaluation Evidence:\nSimulated judgement. ${writeRemarks(draws)}`;
}
