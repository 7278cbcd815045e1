import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import type { CallAddress } from "../../models/call.ts";
import { RawAnswer } from "../../models/wire/raw-answer.ts";
import { FellowshipError, isFellowshipError } from "../../state/fellowship-error.ts";
import { recordChecker } from "../journal/check-record.ts";
import {
  callJournalRecord,
  type CallJournalRecord,
  type TakenFrom,
} from "../journal/call-journal-record.ts";
import { openJournalReader, type JournalReader } from "../journal/journal-reader.ts";
import { inputKeyOf, type RunPlan } from "../directory/run-plan.ts";
import { systemCode } from "../../storage/storage-failed.ts";
import { createAnswerIndex, type AnswerIndex } from "../journal/answer-index.ts";
import { chooseAnswer, type ChoiceContext } from "./choose-answer.ts";

/** What a choice depends on in the run that asks. */
export type Asking = Omit<ChoiceContext, "recordedAgents">;

/** The answers of another run, to take from. */
export type RecordedRun = {
  readonly from: TakenFrom;
  /** Its input file and how that was read: `inputKeyOf`. */
  readonly input: string;
  /** The answer to the very question of this call, as `chooseAnswer` chooses it. */
  find(address: CallAddress, requestHash: string, asking: Asking): Promise<RawAnswer | undefined>;
  close(): Promise<void>;
};

/**
 * Opens the directory of another run to take answers from: read only, without a lock, so that it
 * may be in use.
 *
 * @throws FellowshipError `bad_usage` where it holds no run, `journal_damaged`, `storage_failed`
 */
export async function openRecordedRun(directory: string): Promise<RecordedRun> {
  const plan = await readPlan(directory);
  const index = createAnswerIndex();
  const path = join(directory, "journal.calls");
  const check = recordChecker(path, callJournalRecord);
  const journal = await openOther(directory, path, (value, place) => {
    const record: CallJournalRecord = check(value, place);
    if (record.kind === "answer") index.add(record, place);
  });
  const digest = createHash("sha256").update(JSON.stringify(plan)).digest("hex");
  return {
    // Only its name: readers of the data need no path of this machine.
    from: { directory: basename(resolve(directory)), plan: digest.slice(0, 16) },
    input: inputKeyOf(plan),
    find: (address, requestHash, asking) =>
      findAnswer({ index, journal, path }, address, requestHash, asking),
    close: () => journal.close(),
  };
}

async function findAnswer(
  { index, journal, path }: { index: AnswerIndex; journal: JournalReader; path: string },
  address: CallAddress,
  requestHash: string,
  asking: Asking,
): Promise<RawAnswer | undefined> {
  const known = index.find(requestHash, address.turn);
  const context = { ...asking, recordedAgents: index.agents };
  const chosen = known.length === 0 ? null : chooseAnswer(known, address, context);
  if (chosen === null) return undefined;
  try {
    const record = (await journal.read(chosen.place)) as CallJournalRecord;
    return record.hash === requestHash ? RawAnswer.parse(record.answer) : undefined;
  } catch (cause) {
    throw new FellowshipError(
      "storage_failed",
      `--reuse: ${path} can't be read any more at byte ${chosen.place.offset}: was it ` +
        "changed? The same command, with or without --reuse, goes on with what was taken so " +
        "far.",
      { facts: { path, offset: chosen.place.offset }, cause },
    );
  }
}

/** The plan that the run goes by, the last one written. */
async function readPlan(directory: string): Promise<RunPlan> {
  let plan: RunPlan | undefined;
  const journal = await openOther(directory, join(directory, "journal.plan"), (record) => {
    plan = record as RunPlan;
  });
  await journal.close();
  if (plan === undefined) throw noRun(directory, "an empty journal.plan");
  return plan;
}

async function openOther(
  directory: string,
  path: string,
  onRecord: Parameters<typeof openJournalReader>[1],
): Promise<JournalReader> {
  try {
    return await openJournalReader(path, onRecord);
  } catch (cause) {
    if (isFellowshipError(cause)) throw damaged(path, cause);
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") throw noRun(directory, `no ${basename(path)}`);
    if (code === null) throw cause;
    const reason = code === "ENOTREG" ? "a device or pipe, not a regular file" : code;
    throw new FellowshipError(
      "bad_usage",
      `--reuse ${directory}: can't read ${path} (${reason}).`,
      {
        facts: { path, code },
        cause,
      },
    );
  }
}

function noRun(directory: string, found: string): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    `--reuse ${directory}: expected the --out directory of another run, found ${found} in ` +
      "it. (A command with several evaluators leaves a directory for each inside its own.)",
    { facts: { directory } },
  );
}

function damaged(path: string, cause: FellowshipError): FellowshipError {
  const { offset, reason } = cause.facts;
  return new FellowshipError(
    "journal_damaged",
    `--reuse: the journal ${path} is damaged at byte ${String(offset)}: ${String(reason)}. ` +
      "Nothing was changed and nothing was sent. " +
      "Put back an undamaged copy, give the command of that run again with --salvage, or " +
      "leave this --reuse out.",
    { facts: { ...cause.facts }, cause },
  );
}
