import type { Vote } from "../../state/verdict.ts";
import type { Cluster } from "../estimates/observations.ts";
import type { Preference } from "../estimates/preference.ts";

/** A pair that a jury judged. */
export type JudgedByJury = {
  readonly votes: readonly Vote[];
  readonly label?: Preference | undefined;
  /** Rows of one prompt have one name here. */
  readonly cluster: Cluster;
};
