import type { CallRecord } from "../../state/calls/call-record.ts";
import { hasAnswer } from "../../state/calls/outcome.ts";
import type { Endpoint } from "../endpoint.ts";
import { parseAnswer } from "../providers/read-answer.ts";
import { followCall } from "./call-callbacks.ts";
import type { HaltSwitch } from "./failure/halt-switch.ts";
import { storageFailure, type CallJournal } from "./journal.ts";
import type { Answer, Next, Send, Sent, Step } from "./step.ts";

export type AskedOnceOptions = {
  readonly journal: () => CallJournal | undefined;
  readonly stop: HaltSwitch;
};

/**
 * Whether identical calls to a model share one answer in a run: at temperature 0 they would bring
 * the same again. A model in this process costs nothing, and may answer by a call's address.
 */
export function isAskedOnce({ settings, protocol }: Endpoint): boolean {
  return protocol !== null && settings.temperature === 0;
}

/**
 * What a call has in common with those that share its answer: 52 bits of the request's hash, with
 * the turn, since another turn asks deliberately again, as for another sample.
 */
export function sharedRequest(
  { call, endpoint, requestHash }: Pick<Send, "call" | "endpoint" | "requestHash">,
  { outcome }: Pick<CallRecord, "outcome">,
): { readonly request?: number } {
  if (!isAskedOnce(endpoint) || !hasAnswer(outcome)) return {};
  return { request: Number.parseInt(requestHash.slice(0, 13), 16) + call.address.turn };
}

/**
 * Asks identical calls at temperature 0 once in a run: a call takes the answer that another has,
 * or waits for that of one on its way. Only answers are shared. Where the first call fails, each of
 * the others asks for itself, so that one row's bad luck is not that of all.
 */
export function askedOnce({ journal, stop }: AskedOnceOptions): Step {
  const onTheirWay = new Map<string, Promise<Sent>>();

  async function ask(send: Send, next: Next, book: CallJournal): Promise<Sent> {
    return (await sharedAnswer(send, book, stop)) ?? next(send);
  }

  return async (send, next) => {
    const book = journal();
    if (book?.findSame === undefined || !isAskedOnce(send.endpoint)) return next(send);
    const key = `${send.requestHash} ${send.call.address.turn}`;
    const first = onTheirWay.get(key);
    if (first !== undefined) {
      await first.catch(() => null); // its own caller gets the error
      return ask(send, next, book);
    }
    const asked = ask(send, next, book).finally(() => onTheirWay.delete(key));
    onTheirWay.set(key, asked);
    return asked;
  };
}

/**
 * The answer of an identical call, written down for this one too, so that its row can be made again
 * from its own answers.
 */
export async function sharedAnswer(
  { call, endpoint, requestHash }: Send,
  book: CallJournal,
  stop: HaltSwitch,
): Promise<Sent> {
  try {
    const raw = await book.findSame?.(requestHash, call.address.turn, call.address.row.number);
    const parsed = raw === undefined ? undefined : parseAnswer(raw);
    if (parsed === undefined || !hasAnswer(parsed.read.outcome)) return null;
    const attempt = { address: call.address, requestHash, attempt: 0 };
    await book.keep({ ...attempt, once: true, shared: true }, parsed.raw);
    const answer: Answer = { ...parsed, source: "journal" };
    const followed = await followCall(call, endpoint, "journal");
    await followed?.end(answer);
    return answer;
  } catch (error) {
    const failure = storageFailure(error);
    stop.halt(failure);
    return failure;
  }
}
