import { FellowshipError } from "../../state/fellowship-error.ts";
import type { CommandOptions } from "../command-options.ts";
import type { MeasureStyle } from "./benchmark-files.ts";

export type MeasureOptions = CommandOptions & {
  readonly style: MeasureStyle;
  readonly questions: string;
  /** Models that answer, and files of answers; the first of all is the first measured. */
  readonly measured: readonly ({ readonly spec: string } | { readonly answers: string })[];
  readonly references?: string | undefined;
  /** AlpacaEval: the answers that a model's are compared with. */
  readonly baseline?: string | undefined;
};

/** @throws FellowshipError `bad_usage` for options that the style lacks or can't use */
export function checkStyle({ style, baseline, references, measured }: MeasureOptions): void {
  const problem =
    measured.length === 0
      ? "expected --model SPEC or --answers FILE, found neither"
      : style === "alpaca-eval" && baseline === undefined
        ? "--style alpaca-eval: expected --baseline FILE, the outputs to compare with"
        : style === "alpaca-eval" && references !== undefined
          ? "--references: only --style mt-bench grades beside reference answers"
          : style === "mt-bench" && baseline !== undefined
            ? "--baseline: only --style alpaca-eval compares with a baseline; give mt-bench " +
              "both as --answers"
            : null;
  if (problem !== null) throw new FellowshipError("bad_usage", `${problem}.`);
}
