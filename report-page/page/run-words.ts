import { percentage, estimate } from "../../statistics/estimates/figure-text.ts";
import { wilsonInterval } from "../../statistics/estimates/wilson.ts";
import { juryWarningsOf } from "../figures/jury-figures.ts";
import type { RunCounts } from "../figures/run-counts.ts";
import { proposedGuidelines, teachingResults } from "../figures/teaching-figures.ts";
import type { RunFiles } from "../read/read-run.ts";
import { countsAt, figureAt, listAt, numberAt, textAt, valueAt } from "../read/summary-values.ts";
import { fileName } from "./file-name.ts";
import { auditResults, measureResults } from "./set-words.ts";
import { counted, shortText, usdText, wholeText } from "../figures/number-text.ts";

/** A run in plain words: what ran, what came out, and what to watch out for. */
export type RunWords = {
  readonly ran: string;
  readonly results: readonly string[];
  readonly watch: readonly string[];
};

/** @param counts Of the run's rows. */
export function runWords(run: RunFiles, counts: RunCounts): RunWords {
  const { command } = run.manifest;
  const own = wordsByCommand[command] ?? (() => ({ results: [], watch: [] }));
  const { results, watch } = own(run, counts);
  return { ran: ranText(run), results, watch: [...commonWarnings(run), ...watch] };
}

type OwnWords = Pick<RunWords, "results" | "watch">;

const wordsByCommand: Readonly<Record<string, (run: RunFiles, counts: RunCounts) => OwnWords>> = {
  generate: generationWords,
  evolve: evolutionWords,
  evaluate: evaluationWords,
  compare: comparisonWords,
  study: studyWords,
  audit: ({ summary }) => ({ results: auditResults(summary), watch: biasWarnings(summary) }),
  teach: ({ summary }) => ({
    results: [
      ...teachingResults(summary),
      ...proposedGuidelines(summary).map((text, at) => `Guideline ${at + 1}: ${text}`),
    ],
    watch: biasWarnings(summary),
  }),
  measure: ({ summary }) => ({ results: measureResults(summary), watch: [] }),
};

function ranText({ manifest }: RunFiles): string {
  const {
    command,
    topology,
    agents = [],
    input,
    rows,
    done,
    failed,
    pending,
    calls,
    cost,
  } = manifest;
  const { stages = [] } = manifest;
  const subject = topology === undefined ? `The command ${command}` : `A ${topology.graph} graph`;
  const inStages = stages.length === 0 ? "" : ` in ${counted(stages.length, "stage")}`;
  const members = membersText(agents);
  const missing = [
    ...(failed > 0 ? [`${wholeText(failed)} failed`] : []),
    ...(pending > 0 ? [`${wholeText(pending)} pending`] : []),
  ];
  const ended =
    missing.length === 0
      ? "all of them finished"
      : `${wholeText(done)} finished, ${missing.join(", ")}`;
  const paid = usdText(cost.usd);
  const unknown =
    cost.unknown === 0 ? "" : ` plus ${counted(cost.unknown, "call")} of unknown cost`;
  const over =
    input === undefined
      ? counted(rows, "row")
      : `${counted(rows, "row")} of ${fileName(input.path)}`;
  const by = members === "" ? "" : ` with ${members}`;
  return (
    `${subject} ran over ${over}${inStages}${by}: ${ended}. It took ${counted(calls, "call")} ` +
    `and ${paid}${unknown}.`
  );
}

/** The agents, those of one model together. */
function membersText(agents: NonNullable<RunFiles["manifest"]["agents"]>): string {
  const models = [...new Set(agents.map(({ model }) => model))];
  return models
    .map((model) => {
      const names = agents.filter((agent) => agent.model === model).map(({ name }) => name);
      return `${names.join(", ")} (${model})`;
    })
    .join("; ");
}

/** What a reader of any run must know before its figures. */
function commonWarnings({ manifest, summary }: RunFiles): string[] {
  const { agents = [], rows, done, failed, pending } = manifest;
  const models = agents.map(({ model }) => model);
  const warnings: string[] = [];
  if (models.some((model) => model.startsWith("sim:"))) {
    warnings.push(
      "Simulated models (sim:) took part. Their texts and verdicts say nothing about real models.",
    );
  }
  if (models.some((model) => model.startsWith("replay:"))) {
    warnings.push("Answers were replayed from a recording (replay:); no model was asked for them.");
  }
  if (failed + pending > 0) {
    const reasons = countsAt(summary, "failures").map(([reason, n]) => `${reason} ${n}`);
    const why = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
    const missing = [
      ...(failed > 0 ? [`${wholeText(failed)} failed${why}`] : []),
      ...(pending > 0 ? [`${wholeText(pending)} pending`] : []),
    ];
    warnings.push(
      `The figures rest on ${wholeText(done)} of ${counted(rows, "row")}: ${missing.join(", ")}.`,
    );
  }
  const truncated = numberAt(summary, "truncatedPrompts") ?? 0;
  if (truncated > 0) {
    warnings.push(
      `The server read only a part of the prompt in ${counted(truncated, "call")}. Give it ` +
        "a longer context.",
    );
  }
  const unknown = numberAt(summary, "tokens", "unknown") ?? 0;
  if (unknown > 0) {
    warnings.push(
      `The provider gave no token count for ${counted(unknown, "call")}; the totals leave ` +
        "them out.",
    );
  }
  return warnings;
}

/** One response a row, which nothing judges. */
function isOneAnswer(topology: RunFiles["manifest"]["topology"]): boolean {
  return topology?.graph === "single" && numberAt(topology, "samples") === 1;
}

function generationWords({ manifest, summary }: RunFiles, counts: RunCounts): OwnWords {
  const pairs = numberAt(summary, "pairs") ?? 0;
  const ties = numberAt(summary, "ties") ?? 0;
  const undecided = numberAt(summary, "undecided") ?? 0;
  const best = countsAt(summary, "bestRound").toSorted((one, other) => other[1] - one[1]);
  const made = isOneAnswer(manifest.topology)
    ? `It made ${counted(manifest.done, "response")} and no preference pairs.`
    : `It made ${counted(pairs, "preference pair")}; ${counted(ties, "comparison")} ended in ` +
      "a tie.";
  const results = [made];
  const [top] = best;
  if (top !== undefined && best.length > 1) {
    const share = percentage(wilsonInterval(top[1], manifest.done));
    results.push(
      `Round ${top[0]} is best most often: ${top[1]} of ${counted(manifest.done, "row")}, ` +
        `${share}.`,
    );
  }
  return {
    results: [...results, ...roundResults(manifest.topology?.graph, counts)],
    watch: [
      ...judgingWarnings(counts, manifest.topology),
      ...undecidedWarning(undecided),
      ...endedWarning(summary),
    ],
  };
}

/** How often the response of each round was better than the best before it, in a sentence. */
function roundResults(graph: string | undefined, { rounds }: RunCounts): string[] {
  if (graph === "pool") return [];
  const parts = [...rounds]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([round, { won, tied, lost }]) => {
      const compared = won + tied + lost;
      const share = percentage(wilsonInterval(won, compared));
      return compared === 0 ? [] : [{ round, won, of: counted(compared, "comparison"), share }];
    });
  const [first, ...others] = parts;
  if (first === undefined) return [];
  return [
    [
      `Round ${first.round} beat the best response before it in ${first.won} of ` +
        `${first.of}, ${first.share}`,
      ...others.map(({ round, won, of, share }) => `round ${round} in ${won} of ${of}, ${share}`),
    ].join("; ") + ".",
  ];
}

function undecidedWarning(undecided: number): string[] {
  return undecided === 0
    ? []
    : [`${counted(undecided, "comparison has", "comparisons have")} no readable verdict.`];
}

function endedWarning(summary: unknown): string[] {
  const reasons = countsAt(summary, "endedEarly");
  if (reasons.length === 0) return [];
  const named = reasons.map(([reason, n]) => `${reason} ${n}`).join(", ");
  return [`Some rows ended before their last round: ${named}.`];
}

/** Habits of judges that shape the pairs. */
function judgingWarnings({ shown, lengths }: RunCounts, topology: unknown): string[] {
  const warnings: string[] = [];
  const decided = shown.first + shown.second;
  const first = wilsonInterval(shown.first, decided);
  if (first !== null && decided >= 10 && (first.low > 0.5 || first.high < 0.5)) {
    warnings.push(
      `The response shown first won ${percentage(first)} of the decided votes. That may be ` +
        "the judge's habit; orders: both measures it.",
    );
  } else if (decided > 0 && valueAt(topology, "evaluator", "orders") === "ab") {
    warnings.push(
      "Each pair was shown in one order, so a habit of the judge for the first or second " +
        "place can't be told from quality (orders: both).",
    );
  }
  const longer = wilsonInterval(lengths.longerChosen, lengths.pairs);
  if (longer !== null && lengths.pairs >= 10 && longer.low > 0.5) {
    const ratio = shortText(lengths.chosen / Math.max(1, lengths.rejected));
    warnings.push(
      `The chosen response is the longer one in ${percentage(longer)} of the pairs ` +
        `(${ratio} times the characters on average). Training on them may teach length.`,
    );
  }
  return warnings;
}

function evolutionWords({ manifest: { done, pending }, summary }: RunFiles): OwnWords {
  if (done === 0 && pending > 0) return { results: ["No row is done yet."], watch: [] };
  const rounds = countsAt(summary, "rounds");
  const kept = rounds.find(([count]) => count === "0")?.[1] ?? 0;
  const all = rounds.reduce((sum, [, n]) => sum + n, 0);
  const improved = percentage(wilsonInterval(all - kept, all));
  const [before, after] = [
    numberAt(summary, "meanTokens", "before"),
    numberAt(summary, "meanTokens", "after"),
  ];
  const results = [
    `${all - kept} of ${counted(all, "row")} ${all - kept === 1 ? "was" : "were"} improved, ` +
      `${improved}; ${counted(numberAt(summary, "pairs") ?? 0, "pair")} of before and after.`,
  ];
  if (before !== null && after !== null) {
    results.push(
      `Answers have ${wholeText(after)} tokens on average, ${wholeText(before)} before.`,
    );
  }
  const flips = numberAt(summary, "flips") ?? 0;
  const unparsed = numberAt(summary, "unparsed") ?? 0;
  return {
    results,
    watch: [
      ...(flips > 0
        ? [`${counted(flips, "verdict")} changed with the order of the two responses.`]
        : []),
      ...(unparsed > 0
        ? [`${counted(unparsed, "reading has", "readings have")} no readable verdict.`]
        : []),
      ...endedWarning(summary),
    ],
  };
}

function evaluationWords({ manifest: { done, pending }, summary }: RunFiles): OwnWords {
  if (done === 0 && pending > 0) return { results: ["There are no verdicts yet."], watch: [] };
  const wins = (side: string) => wholeText(numberAt(summary, "wins", side) ?? 0);
  const waiting = numberAt(summary, "person", "waiting") ?? 0;
  const unread = wholeText((numberAt(summary, "wins", "none") ?? 0) - waiting);
  const wait = waiting === 0 ? "" : `, ${wholeText(waiting)} waiting for a person`;
  const results = [
    `A wins ${counted(numberAt(summary, "wins", "a") ?? 0, "row")}, B ${wins("b")}; ` +
      `${wins("tie")} tied, ${unread} unreadable${wait}. The win rate of A is ` +
      `${percentage(figureAt(summary, "winRate", "a"))}.`,
  ];
  const kappa = figureAt(summary, "agreement", "kappa");
  const n = numberAt(summary, "agreement", "n");
  if (kappa !== null) {
    const accuracy = percentage(figureAt(summary, "agreement", "accuracy"));
    results.push(
      `Agreement with people is kappa ${estimate(kappa)} over ${counted(n ?? 0, "row")}; ` +
        `the verdict is theirs in ${accuracy}.`,
    );
    const people = figureAt(summary, "agreement", "people", "kappa");
    if (people !== null)
      results.push(
        `People agree among themselves with kappa ${estimate(people)}, which is the ceiling.`,
      );
  } else if (n === null) {
    const found = pending > 0 ? "No row that is done" : "No row of the input";
    results.push(`${found} has labels by people, so agreement is not known.`);
  }
  return { results, watch: [...juryWarningsOf(summary), ...biasWarnings(summary)] };
}

/** Habits that an evaluation shows beyond noise. */
function biasWarnings(summary: unknown): string[] {
  const warnings: string[] = [];
  const asked = numberAt(summary, "bias", "flips", "asked") ?? 0;
  const flipped = numberAt(summary, "bias", "flips", "flipped") ?? 0;
  if (flipped > 0) {
    const rate = percentage(figureAt(summary, "bias", "flips", "rate"));
    warnings.push(
      `The winner changed with the order of the two responses in ${flipped} of ` +
        `${counted(asked, "row")}, ${rate}.`,
    );
  }
  if (asked === 0 && valueAt(summary, "bias", "position") !== null) {
    warnings.push("Each pair was shown in one order, so flips were not measured (orders: both).");
  }
  const first = figureAt(summary, "bias", "position", "first");
  const second = figureAt(summary, "bias", "position", "second");
  if (first?.low != null && second?.low != null) {
    if (first.low > second.high)
      warnings.push(
        `The response shown first wins more often: ${percentage(first)} against ` +
          `${percentage(second)}.`,
      );
    if (second.low > first.high)
      warnings.push(
        `The response shown second wins more often: ${percentage(second)} against ` +
          `${percentage(first)}.`,
      );
  }
  const longer = figureAt(summary, "bias", "length", "longer");
  if (longer?.low != null && longer.low > 0.5) {
    warnings.push(`The longer response wins ${percentage(longer)} of the decided rows.`);
  }
  const own = figureAt(summary, "bias", "family", "own");
  if (own?.low != null && own.low > 0.5) {
    warnings.push(
      `Judges prefer responses of their own model family in ${percentage(own)} of such readings.`,
    );
  }
  const votes = numberAt(summary, "unreadable", "votes") ?? 0;
  if (votes > 0) {
    warnings.push(`${counted(votes, "vote")} could not be read.`);
  }
  return warnings;
}

function comparisonWords(run: RunFiles): OwnWords {
  const { comparison, summary } = run;
  const sentences = listAt(comparison, "differences").flatMap(
    (pair) => textAt(pair, "verdict") ?? [],
  );
  return { results: sentences, watch: biasWarnings(summary) };
}

function studyWords({ decision }: RunFiles): OwnWords {
  const chosen = (["evaluator", "generator"] as const).map((part) => {
    const name = textAt(decision, part, "chosen");
    return name === null
      ? `No ${part} was chosen.`
      : `The chosen ${part} is ${name}: ${textAt(decision, part, "reason") ?? ""}.`;
  });
  const worth = listAt(decision, "generator", "candidates").flatMap(
    (candidate) => textAt(candidate, "sameTokens", "sentence") ?? [],
  );
  return { results: [...chosen, ...worth], watch: [] };
}
