/** The keys of all runs begin so. */
export const keyPrefix = "fellowship";

/** The names of the runs that workers may take rows of. */
export const openRuns = `${keyPrefix}:runs`;

/** The ids of all workers; those of killed ones stay there until a run looks. */
export const allWorkers = `${keyPrefix}:workers`;

/** Workers that live, each a key that expires. */
export const workerKey = (id: string) => `${keyPrefix}:worker:${id}`;

/** Where the parts of one run are in Redis. */
export type RunKeys = {
  /** The BullMQ queue of its rows; BullMQ's own keys begin with `prefix:queue`. */
  readonly queue: string;
  /** What workers build its graph from. */
  readonly definition: string;
  /** What workers report, in order: calls, ended rows, and why they stop. */
  readonly events: string;
  /** A bit for each row whose end was reported. */
  readonly ended: string;
  /** Dollars: limit, known, unknown, reserved. */
  readonly budget: string;
  /** The answers of a row, and the tokens of what was reported of it. */
  readonly row: (row: number) => string;
  /** The answer that identical calls share, or the worker that asks for it. */
  readonly same: (requestHash: string, turn: number) => string;
  /** What is set aside for the calls of a row that are on their way. */
  readonly reserved: (row: number) => string;
  /** The times and slots of one limit that the topology gives. */
  readonly limit: (name: string) => string;
  /** All of them but those of the queue. */
  readonly pattern: string;
  /** What BullMQ keeps of the queue. */
  readonly queuePattern: string;
};

export function runKeys(run: string): RunKeys {
  const own = `${keyPrefix}:run:${run}`;
  return {
    queue: `rows-${run}`,
    definition: `${own}:definition`,
    events: `${own}:events`,
    ended: `${own}:ended`,
    budget: `${own}:budget`,
    row: (row) => `${own}:row:${row}`,
    same: (requestHash, turn) => `${own}:same:${requestHash}:${turn}`,
    reserved: (row) => `${own}:reserved:${row}`,
    limit: (name) => `${own}:limit:${name}`,
    pattern: `${own}:*`,
    queuePattern: `${keyPrefix}:rows-${run}:*`,
  };
}
