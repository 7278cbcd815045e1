import { badEnds } from "./cases/bad-ends.ts";
import { brokenBodies } from "./cases/broken-bodies.ts";
import { budgetOvershoot } from "./cases/budget-overshoot.ts";
import { contextOverflow } from "./cases/context-overflow.ts";
import { deadProvider } from "./cases/dead-provider.ts";
import { hungSockets } from "./cases/hung-sockets.ts";
import { oddAnswers } from "./cases/odd-answers.ts";
import { oneJurorFails } from "./cases/one-juror-fails.ts";
import { plainLangchain } from "./cases/plain-langchain.ts";
import { quotaGone } from "./cases/quota-gone.ts";
import { rateLimitStorm } from "./cases/rate-limit-storm.ts";
import { secretsCanary } from "./cases/secrets.ts";
import { serverErrors } from "./cases/server-errors.ts";
import { tracerDown } from "./cases/tracer-down.ts";
import { unreadableVerdicts } from "./cases/unreadable-verdicts.ts";
import { untoldLimits } from "./cases/untold-limits.ts";
import type { FaultCase } from "./fault-case.ts";

/**
 * What providers and their networks do, and those who look on. Two rows of the plan of faults don't
 * apply: a stream that is cut (18), since no answer is streamed, and batches (20), since none are
 * sent.
 */
export const providerFaults: readonly FaultCase[] = [
  rateLimitStorm,
  quotaGone,
  untoldLimits,
  serverErrors,
  deadProvider,
  hungSockets,
  brokenBodies,
  oddAnswers,
  badEnds,
  unreadableVerdicts,
  contextOverflow,
  oneJurorFails,
  budgetOvershoot,
  secretsCanary,
  plainLangchain,
  tracerDown,
];
