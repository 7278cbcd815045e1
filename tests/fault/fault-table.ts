import { badEnds } from "./cases/bad-ends.ts";
import { bitFlips } from "./cases/bit-flips.ts";
import { brokenBodies } from "./cases/broken-bodies.ts";
import { budgetOvershoot } from "./cases/budget-overshoot.ts";
import { changedInputs } from "./cases/changed-inputs.ts";
import { contextOverflow } from "./cases/context-overflow.ts";
import { deadProvider } from "./cases/dead-provider.ts";
import { diskErrors } from "./cases/disk-errors.ts";
import { diskFull } from "./cases/disk-full.ts";
import { durabilityCost } from "./cases/durability-cost.ts";
import { hungSockets } from "./cases/hung-sockets.ts";
import { killAtLastByte } from "./cases/kill-at-last-byte.ts";
import { killEveryWrite } from "./cases/kill-every-write.ts";
import { killRandom } from "./cases/kill-random.ts";
import { oddAnswers } from "./cases/odd-answers.ts";
import { oneJurorFails } from "./cases/one-juror-fails.ts";
import { plainLangchain } from "./cases/plain-langchain.ts";
import { quotaGone } from "./cases/quota-gone.ts";
import { races } from "./cases/races.ts";
import { rateLimitStorm } from "./cases/rate-limit-storm.ts";
import { readOnly } from "./cases/read-only.ts";
import { rowsCorpus } from "./cases/rows-corpus.ts";
import { secretsCanary } from "./cases/secrets.ts";
import { serverErrors } from "./cases/server-errors.ts";
import { signals } from "./cases/signals.ts";
import { tailCut } from "./cases/tail-cut.ts";
import { tracerDown } from "./cases/tracer-down.ts";
import { unreadableVerdicts } from "./cases/unreadable-verdicts.ts";
import { untoldLimits } from "./cases/untold-limits.ts";
import type { FaultCase } from "./fault-case.ts";

/**
 * All cases, by the numbers of the plan of faults. Two of its rows don't apply: a stream that is cut (18), since no
 * answer is streamed, and batches (20), since none are sent.
 */
export const faultTable: readonly FaultCase[] = [
  // The process and its files.
  killRandom,
  killAtLastByte,
  killEveryWrite,
  tailCut,
  bitFlips,
  diskFull,
  diskErrors,
  readOnly,
  changedInputs,
  races,
  rowsCorpus,
  signals,
  durabilityCost,
  // The providers.
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
  // Those who look on.
  tracerDown,
];
