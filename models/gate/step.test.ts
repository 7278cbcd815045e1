import { describe, expect, it } from "vitest";
import { someAnswer, someFailure, someSend } from "../../tests/gate-sends.ts";
import { chain, readingOf, type Step } from "./step.ts";

describe("a chain of steps", () => {
  it("goes down in the order of the list, and comes back in reverse", async () => {
    const events: string[] = [];
    const named =
      (name: string): Step =>
      async (send, next) => {
        events.push(name);
        const sent = await next({ ...send, attempt: send.attempt + 1 });
        events.push(`after ${name}`);
        return sent;
      };
    const answer = someAnswer();
    const send = chain([named("first"), named("second")], async ({ attempt }) => {
      events.push(`attempt ${attempt}`);
      return answer;
    });
    expect(await send(await someSend())).toBe(answer);
    expect(events).toEqual(["first", "second", "attempt 3", "after second", "after first"]);
  });

  it("may end before its last step", async () => {
    const failure = someFailure();
    const send = chain([async () => failure], () => Promise.reject(new Error("not reached")));
    expect(await send(await someSend())).toBe(failure);
  });
});

describe("readingOf", () => {
  it("gives a failure's outcome, and no text", () => {
    expect(readingOf(someAnswer())).toMatchObject({ outcome: "answered", content: "An answer." });
    expect(readingOf(someFailure())).toEqual({
      outcome: "provider_error",
      detail: "HTTP 500: Oh no.",
      content: "",
      finish: null,
      tokens: null,
    });
  });
});
