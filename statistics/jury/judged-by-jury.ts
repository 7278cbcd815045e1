import type { Vote, Winner } from "../../state/verdict.ts";
import type { Cluster } from "../estimates/observations.ts";
import type { Preference } from "../estimates/preference.ts";

/** A pair that a jury judged. */
export type JudgedByJury = {
  readonly votes: readonly Vote[];
  readonly label?: Preference | undefined;
  /** Rows of one prompt have one name here. */
  readonly cluster: Cluster;
  /** The jury's verdict, where that is measured too. */
  readonly winner?: Winner | undefined;
  /** False where its label teaches, and no agreement is measured by it. */
  readonly drawnAtRandom?: boolean | undefined;
};
