import { batch } from "./cases/batch.ts";
import { bitFlips } from "./cases/bit-flips.ts";
import { changedInputs } from "./cases/changed-inputs.ts";
import { diskErrors } from "./cases/disk-errors.ts";
import { diskFull } from "./cases/disk-full.ts";
import { durabilityCost } from "./cases/durability-cost.ts";
import { killAtLastByte } from "./cases/kill-at-last-byte.ts";
import { killEveryWrite } from "./cases/kill-every-write.ts";
import { killQueue } from "./cases/kill-queue.ts";
import { killRandom } from "./cases/kill-random.ts";
import { killShards } from "./cases/kill-shards.ts";
import { killWorkers } from "./cases/kill-workers.ts";
import { races } from "./cases/races.ts";
import { readOnly } from "./cases/read-only.ts";
import { rowsCorpus } from "./cases/rows-corpus.ts";
import { signals } from "./cases/signals.ts";
import { signalsAtTheEnd } from "./cases/signals-at-the-end.ts";
import { tailCut } from "./cases/tail-cut.ts";
import type { FaultCase } from "./fault-case.ts";

/** What befalls the process and its files, by the numbers of the plan of faults. */
export const processFaults: readonly FaultCase[] = [
  killRandom,
  killAtLastByte,
  killEveryWrite,
  killWorkers,
  killShards,
  killQueue,
  batch,
  tailCut,
  bitFlips,
  diskFull,
  diskErrors,
  readOnly,
  changedInputs,
  races,
  rowsCorpus,
  signals,
  signalsAtTheEnd,
  durabilityCost,
];
