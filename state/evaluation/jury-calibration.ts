import type { Vote, Winner } from "../verdict.ts";

/** What a run knows of a juror's margins. */
export type JurorCalibration = {
  readonly name: string;
  /**
   * Root mean square of the juror's margins over the run, in its own units; null where it isn't
   * known yet, and a margin counts by its sign alone.
   */
  readonly scale: number | null;
  /** How much a margin of one `scale` counts, 0 or more, as log odds. */
  readonly weight: number;
};

/** How the margins of jurors become one verdict (`aggregate: calibrated`). */
export type JuryCalibration = {
  readonly jurors: readonly JurorCalibration[];
  /** How much a tie counts against a margin of one `scale`. */
  readonly tieWeight: number;
};

/** The key, in the configuration of a graph's run, of calibrations by the names of juries. */
export const juriesKey = "juries";
export type JuryCalibrations = Readonly<Record<string, JuryCalibration>>;

/** The name of a jury in a run: that of its jurors, which no other has. */
export function juryName(jurors: readonly string[]): string {
  return jurors.join(" ");
}

/** A jury of which nothing is known: every juror counts alike, by the sign of its margin. */
export function evenJury(jurors: readonly string[]): JuryCalibration {
  return { jurors: jurors.map((name) => ({ name, scale: null, weight: 1 })), tieWeight: 1 };
}

/** A juror's readings of a pair in both orders, or in one. */
export type JurorMargin = {
  /** Mean of score a less score b; +1, 0 or -1 where no scores were given. */
  readonly margin: number;
  /** The share of its readings that are ties. */
  readonly tie: number;
};

/** What a juror's readable votes come to; null without any: a vote that is missing is no tie. */
export function marginOfJuror(votes: readonly Vote[], name: string): JurorMargin | null {
  const own = votes.filter(({ agent, parsed }) => agent === name && parsed);
  if (own.length === 0) return null;
  return {
    margin: own.reduce((sum, vote) => sum + voteMargin(vote), 0) / own.length,
    tie: own.filter(({ winner }) => winner === "tie").length / own.length,
  };
}

function voteMargin({ winner, scores }: Vote): number {
  if (scores !== null) return scores.a - scores.b;
  if (winner === "a") return 1;
  return winner === "b" ? -1 : 0;
}

/** A juror's margin counts as this many of its scales at most, so that none outvotes all others. */
const mostScales = 2;

/** A margin in the juror's own scale, clipped; its negative for the pair the other way round. */
export function scaledMargin(margin: number, scale: number | null): number {
  if (scale === null) return Math.sign(margin);
  return scale === 0 ? 0 : Math.min(mostScales, Math.max(-mostScales, margin / scale));
}

/** How far a jury leans to side a (negative: to b), and how much of it sees a tie. */
export type JuryLeaning = { readonly side: number; readonly tie: number };

/** The weighted margins and ties of the jurors; null where no vote could be read. */
export function leaningOf(
  votes: readonly Vote[],
  { jurors }: Pick<JuryCalibration, "jurors">,
): JuryLeaning | null {
  let [side, tie, read] = [0, 0, 0];
  for (const { name, scale, weight } of jurors) {
    const said = marginOfJuror(votes, name);
    if (said === null) continue;
    read += 1;
    side += weight * scaledMargin(said.margin, scale);
    tie += weight * said.tie;
  }
  return read === 0 ? null : { side, tie };
}

/** A verdict, and how sure the jury is of it. */
export type CalibratedVerdict = {
  readonly winner: Exclude<Winner, "none">;
  /** From 0 to 1: the part of the winner among a, b and tie; 0 for a tie that no juror sees. */
  readonly confidence: number;
};

/**
 * The verdict of a calibrated jury: the side to which the weighted margins lean, or a tie where
 * the jurors who see one weigh more. For the pair the other way round it is the other side, to the
 * last bit. Null where no vote could be read.
 */
export function calibratedVerdict(
  votes: readonly Vote[],
  calibration: JuryCalibration,
): CalibratedVerdict | null {
  const leaning = leaningOf(votes, calibration);
  if (leaning === null) return null;
  const winner = winnerOfLeaning(leaning, calibration.tieWeight);
  const tie = calibration.tieWeight * leaning.tie;
  // Log odds of one side against the other are `side`: half of it for one, half against the other.
  // A tie that no juror sees has no part.
  const [half, tieHalf] = [Math.abs(leaning.side) / 2, tie / 2];
  const most = Math.max(half, tieHalf);
  const winning = Math.exp(half - most);
  const tied = Math.exp(tieHalf - most) - Math.exp(-most);
  const part = (winner === "tie" ? tied : winning) / (winning + Math.exp(-half - most) + tied);
  const confidence = Math.round(1e4 * part) / 1e4;
  return { winner, confidence };
}

/** The side to which a jury leans, or a tie where the jurors who see one weigh more. */
export function winnerOfLeaning(
  { side, tie }: JuryLeaning,
  tieWeight: number,
): CalibratedVerdict["winner"] {
  // Sums of decimals differ in their last bits; so much is no lead.
  if (Math.abs(side) <= tieWeight * tie + 1e-9) return "tie";
  return side > 0 ? "a" : "b";
}
