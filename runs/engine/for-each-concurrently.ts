/**
 * Works on a stream with a bounded number of items in flight. Nothing is read ahead, so memory does
 * not grow with the input. The first error stops the reading, and is thrown when what was in flight
 * has ended.
 *
 * @param isOpen asked before each item; false ends the reading.
 */
export async function forEachConcurrently<Item>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<void>,
  { concurrency, isOpen }: { concurrency: number; isOpen: () => boolean },
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let failed = false;
  async function worker(): Promise<void> {
    while (!failed && isOpen()) {
      const next = await iterator.next();
      if (next.done === true) return;
      await work(next.value);
    }
  }
  const workers = Array.from({ length: concurrency }, () =>
    worker().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const ended = await Promise.allSettled(workers);
  await iterator.return?.();
  const first = ended.find((result) => result.status === "rejected");
  if (first !== undefined) throw first.reason;
}
