import { followCall } from "./call-callbacks.ts";
import type { Step } from "./step.ts";

/** Reports one send and its result to the tracers and streams that follow the graph. */
export const traced: Step = async (send, next) => {
  const followed = await followCall(send.call, send.endpoint, { attempt: send.attempt });
  const sent = await next({ ...send, followedBy: followed?.by ?? null });
  await followed?.end(sent);
  return sent;
};
