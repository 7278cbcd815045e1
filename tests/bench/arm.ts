/** Added to the name of an arm of ours whose rows are in two worker processes. */
export const onWorkers = " on 2 workers";

/** Added to the name of an arm of ours whose journals stay in memory. */
export const withoutJournal = " without a journal";

/** Added to the name of an arm of ours whose traces go to a collector on loopback. */
export const tracedToo = " traced";

/** What an arm does its rows against. */
export type Load = {
  /** The address of the server, latency included. */
  readonly baseUrl: string;
  readonly rows: number;
  readonly inFlight: number;
};

/** One way to make the calls of a bench: a client, a plain graph, or a command of ours. */
export type Arm = {
  readonly name: string;
  readonly run: (load: Load) => Promise<void>;
};

/** The prompt of a row. */
export function promptOf(row: number): string {
  return (
    `Explain case ${row} to a newcomer in two short paragraphs. ` +
    `${"What matters, and why? ".repeat(8)}`
  );
}

/** Does rows with a bounded number in flight. */
export async function eachRow(
  { rows, inFlight }: Load,
  work: (row: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < rows) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, rows) }, worker));
}
