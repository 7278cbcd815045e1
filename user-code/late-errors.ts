import { AsyncLocalStorage } from "node:async_hooks";
import type { CustomNodeFailure } from "../nodes/role.ts";

/** Errors of a row's custom code after the node that started it has returned. */
export type LateErrors = {
  /** Fails the row; false where it has ended, and its result can't be changed any more. */
  readonly add: (failure: CustomNodeFailure) => boolean;
};

const current = new AsyncLocalStorage<LateErrors>();

/** Of the row that is worked on here; undefined outside of a run. */
export function currentLateErrors(): LateErrors | undefined {
  return current.getStore();
}

/**
 * Works on a row, and gives the first late failure of its custom code; null where there was none.
 */
export async function collectLateErrors<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly late: CustomNodeFailure | null }> {
  let late: CustomNodeFailure | null = null;
  let isOpen = true;
  const add = (failure: CustomNodeFailure) => {
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
