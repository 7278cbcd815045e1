/** Settings of a group commit. */
export type GroupCommitOptions<Item> = {
  /**
   * Makes the items of one group durable, all or none; called for one group at a time, in order.
   */
  commit: (items: readonly Item[]) => Promise<void>;
  /** Bytes an item takes, for `groupBytes`. */
  sizeOf: (item: Item) => number;
  /** Items of a group at most, from 1. */
  groupSize: number;
  /** Bytes of a group at most; a single larger item is a group of its own. */
  groupBytes: number;
  /** Time between the starts of two commits while items keep coming, in milliseconds, at most. */
  groupDelayMs: number;
};

/** Items become durable together, so that many share the cost of one sync. */
export type GroupCommit<Item> = {
  /**
   * Resolves once the group that holds the item is committed; rejects with the first commit's
   * error, and from then on always.
   */
  add(item: Item): Promise<void>;
  /** Resolves once everything added so far is committed or rejected. */
  drain(): Promise<void>;
};

type Waiting<Item> = { item: Item; resolve: () => void; reject: (error: unknown) => void };

/**
 * Groups what is added while a commit runs into the next one.
 *
 * An item that comes alone is committed at once. Only when others came along with the last group is
 * it worth waiting for more: then commits start `groupDelayMs` apart, or as soon as a group is
 * full. So a lone writer never waits for company that won't come, and sixty-four writers don't cost
 * a sync each.
 */
export function createGroupCommit<Item>(options: GroupCommitOptions<Item>): GroupCommit<Item> {
  const queue: Waiting<Item>[] = [];
  let running: Promise<void> | null = null;
  let failure: { error: unknown } | null = null;
  let stopGathering: (() => void) | null = null;
  let hadCompany = false;
  let draining = false;
  let lastStart = Number.NEGATIVE_INFINITY;

  async function add(item: Item): Promise<void> {
    if (failure !== null) throw failure.error;
    await new Promise<void>((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (queue.length >= options.groupSize) stopGathering?.();
      running ??= run();
    });
  }

  async function run(): Promise<void> {
    await new Promise(setImmediate); // what is added in the same turn of the event loop comes along
    while (queue.length > 0) {
      await gather();
      await commitNext();
    }
    running = null;
  }

  async function gather(): Promise<void> {
    const waitMs = lastStart + options.groupDelayMs - performance.now();
    if (!hadCompany || draining || waitMs <= 0 || queue.length >= options.groupSize) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      stopGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    stopGathering = null;
  }

  async function commitNext(): Promise<void> {
    const group = queue.splice(0, groupLength(queue, options));
    lastStart = performance.now();
    try {
      await options.commit(group.map(({ item }) => item));
    } catch (error) {
      failure = { error };
      for (const waiting of [...group, ...queue.splice(0)]) waiting.reject(error);
      return;
    }
    hadCompany = group.length > 1 || queue.length > 0;
    for (const waiting of group) waiting.resolve();
  }

  async function drain(): Promise<void> {
    draining = true;
    stopGathering?.();
    while (running !== null) await running;
    draining = false;
  }

  return { add, drain };
}

function groupLength<Item>(
  queue: readonly Waiting<Item>[],
  options: Pick<GroupCommitOptions<Item>, "sizeOf" | "groupSize" | "groupBytes">,
): number {
  let bytes = 0;
  let length = 0;
  for (const { item } of queue) {
    bytes += options.sizeOf(item);
    if (length === options.groupSize || (length > 0 && bytes > options.groupBytes)) break;
    length += 1;
  }
  return length;
}
