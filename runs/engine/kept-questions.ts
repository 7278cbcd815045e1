import type { Call, CallAddress } from "../../models/call.ts";
import type { AskedMessages } from "../../report-page/rows/asked-messages.ts";
import type { Message } from "../../state/message.ts";

/** What the calls of a session's first rows were asked, for its report. */
export type KeptQuestions = {
  readonly note: (call: Pick<Call, "address" | "messages">) => void;
  /** Null for a row of which not every call is kept. */
  readonly find: AskedMessages;
};

/** A report shows the questions of some hundred rows: with usual texts, these are as many. */
const charactersAtMost = 8_000_000;
/** What the place of a call takes up beside its texts: a million short ones are no small matter. */
const charactersOfPlace = 400;

/**
 * Keeps what is asked, up to so many characters of text: a report would otherwise take those rows
 * through their graphs a second time, only to learn it.
 */
export function createKeptQuestions(limit = charactersAtMost): KeptQuestions {
  const rows = new Map<number, Map<string, readonly Message[]>>();
  let left = limit;
  return {
    note({ address, messages }) {
      if (left <= 0) return;
      left -= charactersOfPlace;
      for (const { content } of messages) left -= content.length;
      const own = rows.get(address.row.number) ?? new Map<string, readonly Message[]>();
      rows.set(address.row.number, own.set(keyOf(address), messages));
    },
    async find({ row, transcript }) {
      const own = rows.get(row);
      if (own === undefined) return null;
      const found = transcript.map((record) => own.get(keyOf(record)));
      return found.every((messages) => messages !== undefined) ? found : null;
    },
  };
}

/** The kept questions of a row, else those that `askedOf` finds, opened with the first such row. */
export function keptFirst(
  { find }: KeptQuestions,
  askedOf: (directory: string) => Promise<AskedMessages | null>,
): (directory: string) => Promise<AskedMessages> {
  return async (directory) => {
    let opened: Promise<AskedMessages | null> | undefined;
    return async (row) => {
      const kept = await find(row);
      if (kept !== null) return kept;
      opened ??= askedOf(directory);
      return (await (await opened)?.(row)) ?? null;
    };
  };
}

function keyOf({ agent, part, turn }: Omit<CallAddress, "row">): string {
  return JSON.stringify([agent, part, turn]);
}
