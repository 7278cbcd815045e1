import { followCall } from "./call-callbacks.ts";
import type { Step } from "./step.ts";

/** Tells the tracers and streams that follow the graph of one send and of its result. */
export const traced: Step = async (send, next) => {
  const followed = await followCall(send.call, send.endpoint, { attempt: send.attempt });
  const sent = await next({ ...send, isTraced: followed !== null });
  await followed?.end(sent);
  return sent;
};
