import { describe, expect, it } from "vitest";
import { someAnswer, someFailure, someSend } from "../../tests/gate-sends.ts";
import type { CallJournal } from "./journal.ts";
import { recorded } from "./recorded.ts";
import type { Next } from "./step.ts";

async function record(next: Next, refuses?: keyof CallJournal) {
  const events: string[] = [];
  async function write(kind: keyof CallJournal, event: string): Promise<void> {
    if (kind === refuses) throw new Error("the disk is full");
    events.push(event);
  }
  const journal: CallJournal = {
    find: async () => undefined,
    intend: ({ attempt }) => write("intend", `intent ${attempt}`),
    keep: ({ attempt }, _, usd) => write("keep", `answer ${attempt} for ${usd} dollars`),
    giveUp: ({ attempt }, outcome, cost) => write("giveUp", `end ${attempt}: ${outcome}, ${cost}`),
  };
  const send = { ...(await someSend()), attempt: 3 };
  const sent = await recorded(() => journal)(send, (inner) => {
    events.push("sent");
    return next(inner);
  });
  return { sent, events };
}

const answer = someAnswer();
const keepAnswer: Next = async ({ keep }) => (await keep(answer)) ?? answer;

describe("a recorded send", () => {
  it("has its intent before it leaves, and its answer before it is used", async () => {
    const { sent, events } = await record(keepAnswer);
    expect(sent).toBe(answer);
    expect(events).toEqual(["intent 3", "sent", "answer 3 for 0.00006 dollars"]);
  });

  it("has its end where it brought no answer, and where it never left", async () => {
    const failed = await record(async () => someFailure({ cost: "unknown" }));
    expect(failed.events).toEqual(["intent 3", "sent", "end 3: provider_error, unknown"]);
    const unsent = await record(async () => null);
    expect([unsent.sent, unsent.events.at(-1)]).toEqual([null, "end 3: interrupted, none"]);
  });

  it.each([
    ["intend", keepAnswer, []],
    ["keep", keepAnswer, ["intent 3", "sent"]],
    ["giveUp", async () => someFailure(), ["intent 3", "sent"]],
  ] satisfies [keyof CallJournal, Next, string[]][])(
    "fails for its storage where the journal can't %s",
    async (refuses, next, expected) => {
      const { sent, events } = await record(next, refuses);
      expect(sent).toMatchObject({ outcome: "storage_failed", remedy: "run" });
      expect(events).toEqual(expected);
    },
  );
});
