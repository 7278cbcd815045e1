import type { Fields } from "../../models/wire/request-params.ts";
import type { ReceivedRequest, Script } from "../loopback/loopback-server.ts";
import type { Reply } from "../loopback/reply.ts";

/** The steps of a batch, as a provider sees them. */
export type BatchStep = "upload" | "submit" | "look" | "list" | "read" | "cancel";

/** What goes wrong with a step. */
export type BatchFault =
  /** The step is not done. */
  | { readonly kind: "refuse"; readonly reply: Reply }
  /** The step is done, and its answer is lost. */
  | { readonly kind: "lose" }
  /** The step is done, and its answer breaks off after so many bytes. */
  | { readonly kind: "cut"; readonly afterBytes: number };

export type ServedRequest = { readonly customId: string; readonly body: Fields };

/** The end of a batch; `running` for one that goes on. */
export type ServedState = "running" | "ended" | "expired" | "cancelled" | "failed";

/** A batch as its provider holds it. */
export type ServedBatch = {
  readonly id: string;
  readonly key: string | undefined;
  readonly requests: readonly ServedRequest[];
  readonly createdAt: Date;
  /** Looks at it since it began. */
  looks: number;
  state: ServedState;
};

export type BatchServerOptions = {
  /** The answer to a body, in the form of a live one; null where the batch doesn't come to it. */
  readonly answer: (body: Fields, customId?: string) => Reply | null;
  /** @param count Counts the requests of this step, from 1 */
  readonly fault?: (step: BatchStep, count: number) => BatchFault | undefined;
  /** The looks at a batch until it ends. Default 1. */
  readonly looks?: number;
  readonly endsAs?: ServedState;
  /** The most requests that the account may have in its batches. Default: any number. */
  readonly room?: number;
  /** Changes the order of results, or leaves some out. Default: as asked. */
  readonly arrange?: (requests: readonly ServedRequest[]) => readonly ServedRequest[];
  /** Changes the file of results. */
  readonly write?: (file: string) => string | Buffer;
};

/** A provider's batches, and the bill for them. */
export type BatchStore = {
  readonly options: BatchServerOptions;
  readonly batches: Map<string, ServedBatch>;
  readonly files: Map<string, string>;
  readonly create: (id: string, key: string | undefined, requests: ServedRequest[]) => ServedBatch;
  /** Whether there is room for so many requests beside those of the batches that go on. */
  readonly hasRoom: (requests: readonly ServedRequest[]) => boolean;
  /** Notes a look at a batch, which may end it. */
  readonly look: (batch: ServedBatch) => ServedBatch;
  readonly nextId: () => string;
};

/** How a provider's protocol names a step, and what it does. */
export type Route = { readonly step: BatchStep; readonly run: () => Reply };

/** A provider's protocol for batches; undefined for a request that is no part of it. */
export type BatchDialect = (store: BatchStore, request: ReceivedRequest) => Route | undefined;

export type BatchServer = {
  readonly script: Script;
  readonly store: BatchStore;
  /** How often each request was bought, in batches and live, by its body in JSON. */
  readonly bought: ReadonlyMap<string, number>;
};

/** Serves batches, and live calls beside them. What is asked twice is on the bill twice. */
export function createBatchServer(dialect: BatchDialect, options: BatchServerOptions): BatchServer {
  const bought = new Map<string, number>();
  const counts = new Map<BatchStep, number>();
  let ids = 0;

  function buy(body: unknown): void {
    const text = JSON.stringify(body);
    bought.set(text, (bought.get(text) ?? 0) + 1);
  }

  const store: BatchStore = {
    options,
    batches: new Map(),
    files: new Map(),
    nextId: () => String((ids += 1)),
    create(id, key, requests) {
      const isFull = !store.hasRoom(requests);
      const batch = { id, key, requests, createdAt: new Date(), looks: 0 };
      const served: ServedBatch = { ...batch, state: isFull ? "failed" : "running" };
      store.batches.set(id, served);
      // It is worked on whether or not anyone looks.
      for (const { customId, body } of isFull || options.endsAs === "failed" ? [] : requests) {
        if (options.answer(body, customId) !== null) buy(body);
      }
      return served;
    },
    hasRoom(requests) {
      const running = [...store.batches.values()].filter(({ state }) => state === "running");
      const before = running.reduce((sum, batch) => sum + batch.requests.length, 0);
      return before + requests.length <= (options.room ?? Infinity);
    },
    look(batch) {
      batch.looks += 1;
      if (batch.state !== "running" || batch.looks < (options.looks ?? 1)) return batch;
      batch.state = options.endsAs ?? "ended";
      return batch;
    },
  };

  function live({ body }: ReceivedRequest): Reply {
    buy(body);
    return options.answer(body as Fields) ?? { status: 500, body: {} };
  }

  return {
    store,
    bought,
    script(request) {
      const route = dialect(store, request);
      if (route === undefined) return live(request);
      const count = (counts.get(route.step) ?? 0) + 1;
      counts.set(route.step, count);
      const fault = options.fault?.(route.step, count);
      if (fault?.kind === "refuse") return fault.reply;
      const reply = route.run();
      if (fault === undefined) return reply;
      const afterBytes = fault.kind === "cut" ? fault.afterBytes : null;
      return { ...reply, fault: { kind: "cut", by: "rst", afterBytes } };
    },
  };
}

/** The answer to a request of a batch; null where the batch did not come to it. */
export function answerIn(
  { options }: BatchStore,
  { state }: ServedBatch,
  { body, customId }: ServedRequest,
): Reply | null {
  return state === "cancelled" || state === "failed" ? null : options.answer(body, customId);
}

/** The requests of a batch in the order of its results. */
export function arranged({ options }: BatchStore, { requests }: ServedBatch) {
  return options.arrange?.(requests) ?? requests;
}
