import { readAnswer } from "../../models/providers/read-answer.ts";
import type { CallJournalRecord } from "../journal/call-journal-record.ts";

/**
 * Finds the models that answered earlier sessions of a run, from the records of `journal.calls`.
 * Each model is reported once. An answer taken from another run does not count: the key of today
 * may not have been used there.
 *
 * @param modelOf The model of an agent by its name.
 */
export function createAnsweringModels(
  modelOf: (agent: string) => string | undefined,
  onAnswered: (model: string) => void,
): { readonly read: (record: CallJournalRecord) => void } {
  const known = new Set<string>();
  return {
    read({ kind, agent, answer, takenFrom }) {
      const model = modelOf(agent);
      if (kind !== "answer" || answer === undefined || takenFrom !== undefined) return;
      if (model === undefined || known.has(model)) return;
      if (readAnswer(answer).outcome === "bad_response") return;
      known.add(model);
      onAnswered(model);
    },
  };
}
