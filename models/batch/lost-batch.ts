import type { BatchStatus } from "./batch-service.ts";
import { isUnknownToService } from "./service-failure.ts";

/** The status of a batch, or `lost` where the service doesn't know the batch. */
export function lostWhereUnknown(asked: Promise<BatchStatus>): Promise<BatchStatus> {
  return asked.catch((error: unknown): BatchStatus => {
    if (!isUnknownToService(error)) throw error;
    return { state: "lost", counts: { total: 0, done: 0, failed: 0 } };
  });
}
