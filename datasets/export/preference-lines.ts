import * as z from "zod";
import { withoutKeptThinking } from "../../state/calls/kept-thinking.ts";
import { Message } from "../../state/message.ts";
import { isSameText } from "../../state/same-text.ts";

const Messages = z.array(Message).min(1);

/**
 * Where a line comes from. Names are those of a data set's columns, which trainers and viewers
 * show.
 */
export const LineSource = z.strictObject({
  /** 1-based place of the row in the input. */
  row: z.int().positive(),
  /** In a conversation, the user turn that is answered, from 1. */
  turn: z.int().positive().optional(),
  /**
   * The round that decided: of the challenger, of the revision, of the last accepted rewrite, or of
   * the response reviewed.
   */
  round: z.int().positive().optional(),
  /** Whose texts these are. */
  agent: z.string().optional(),
  chosen_agent: z.string().optional(),
  rejected_agent: z.string().optional(),
  chosen_round: z.int().positive().optional(),
  rejected_round: z.int().positive().optional(),
  /** Of a calibrated jury, from 0 to 1: how sure it was that the chosen response is better. */
  confidence: z.number().optional(),
  /** False where the rejected text was written from another conversation than `prompt`. */
  same_prompt: z.boolean().optional(),
});
export type LineSource = z.infer<typeof LineSource>;

/** A line of `dpo.jsonl`: TRL's conversational preference shape (contract section 5). */
export const DpoLine = z
  .strictObject({
    id: z.string(),
    prompt: Messages,
    chosen: Messages,
    rejected: Messages,
    chosen_score: z.number().optional(),
    rejected_score: z.number().optional(),
    /**
     * Chosen score less rejected score, on the evaluator's scale; negative where its winner and its
     * scores disagree. Not called `margin`: TRL's reward trainer subtracts a column of that name
     * inside its loss.
     */
    score_margin: z.number().optional(),
    source: LineSource,
  })
  .refine((line) => !sameTexts(line.chosen, line.rejected), {
    error: "chosen and rejected are the same text",
  });
export type DpoLine = z.infer<typeof DpoLine>;

/** A line of `kto.jsonl`: TRL's conversational unpaired shape. */
export const KtoLine = z.strictObject({
  id: z.string(),
  prompt: Messages,
  completion: Messages,
  /** True: more like this. */
  label: z.boolean(),
  source: LineSource,
});
export type KtoLine = z.infer<typeof KtoLine>;

/** A line of `sft.jsonl`. */
export const SftLine = z.strictObject({ id: z.string(), messages: Messages });
export type SftLine = z.infer<typeof SftLine>;

/**
 * True where two completions are the same text (`isSameText`), which makes no pair; thinking that is
 * kept before them makes no difference.
 */
export function sameTexts(left: readonly Message[], right: readonly Message[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ content }, index) => {
      const other = right[index]?.content;
      if (other === undefined) return false;
      return isSameText(withoutKeptThinking(content), withoutKeptThinking(other));
    })
  );
}
