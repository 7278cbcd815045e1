import { AsyncLocalStorage } from "node:async_hooks";
import type { UserCodeFailure } from "./user-code-failure.ts";

/** What the user's own code of a row does after the node that started it has returned. */
export type LateErrors = {
  /** Fails the row; false where it has come to its end, and nothing can be changed any more. */
  readonly add: (failure: UserCodeFailure) => boolean;
};

const current = new AsyncLocalStorage<LateErrors>();

/** Of the row that is worked on here; undefined outside of a run. */
export function currentLateErrors(): LateErrors | undefined {
  return current.getStore();
}

/** Works on a row, and gives the first late failure of its own code besides; null where there was none. */
export async function collectLateErrors<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly late: UserCodeFailure | null }> {
  let late: UserCodeFailure | null = null;
  let isOpen = true;
  const add = (failure: UserCodeFailure) => {
    if (isOpen) late ??= failure;
    return isOpen;
  };
  try {
    const result = await current.run({ add }, work);
    return { result, late };
  } finally {
    isOpen = false;
  }
}
