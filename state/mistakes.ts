import { FellowshipError, isFellowshipError } from "./fellowship-error.ts";

/** Mistakes that one message lists at most. */
const mostListed = 20;

/** Collects what is wrong with a command's options and files, so that one message lists it all. */
export type Mistakes = {
  readonly found: readonly FellowshipError[];
  readonly add: (...mistakes: readonly FellowshipError[]) => void;
  /**
   * The result of a check; undefined where the check found a mistake, which is kept.
   *
   * @throws What the check throws, unless it is a FellowshipError `bad_usage`
   */
  readonly attempt: <Result>(check: () => Result) => Result | undefined;
  /** The same for a check that takes its time. */
  readonly attemptLater: <Result>(check: () => Promise<Result>) => Promise<Result | undefined>;
  /**
   * @param ending A text below the mistakes, such as a command's usage.
   * @throws FellowshipError `bad_usage` listing the mistakes, where there are any
   */
  readonly throwIfAny: (ending?: string) => void;
};

export function createMistakes(): Mistakes {
  const found: FellowshipError[] = [];
  const keep = (error: unknown): undefined => {
    if (!isFellowshipError(error) || error.code !== "bad_usage") throw error;
    add(error);
  };
  function add(...mistakes: readonly FellowshipError[]): void {
    for (const mistake of mistakes.flatMap(mistakesIn)) {
      // Two topologies may name the same file.
      if (found.every(({ message }) => message !== mistake.message)) found.push(mistake);
    }
  }
  return {
    found,
    add,
    attempt(check) {
      try {
        return check();
      } catch (error) {
        return keep(error);
      }
    },
    async attemptLater(check) {
      try {
        return await check();
      } catch (error) {
        return keep(error);
      }
    },
    throwIfAny(ending) {
      if (found.length > 0) throw joinMistakes(found, ending);
    },
  };
}

/** The mistakes that an error lists; the error itself where it is a single one. */
export function mistakesIn(error: FellowshipError): readonly FellowshipError[] {
  const { mistakes } = error.facts;
  return Array.isArray(mistakes) ? (mistakes as FellowshipError[]) : [error];
}

/** One error for several mistakes, with a line for each and the facts of the first. */
function joinMistakes(mistakes: readonly FellowshipError[], ending?: string): FellowshipError {
  const [first] = mistakes;
  const isSingle = mistakes.length === 1;
  if (first !== undefined && isSingle && ending === undefined) return first;
  const lines = mistakes.slice(0, mostListed).map(({ message }) => message);
  const rest = mistakes.length - lines.length;
  const shown = isSingle ? lines : [`${mistakes.length} mistakes:`, ...lines.map(indented)];
  if (rest > 0) shown.push(indented(`and ${rest} more`));
  if (ending !== undefined) shown.push(ending);
  return new FellowshipError("bad_usage", shown.join("\n"), {
    facts: { ...first?.facts, mistakes },
  });
}

function indented(line: string): string {
  return `  ${line}`;
}
