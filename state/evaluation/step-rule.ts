/**
 * Which rows a cascade asks a step about, of those that came to the step before. `every`: all of
 * them · `unsure`: ties and verdicts that couldn't be read · a number: these, and the rows whose
 * margin is that at most · `skip`: the step is never asked, and the one before hands on to the
 * next.
 */
export type StepRule = number | "every" | "unsure" | "skip";

/** The key, in the configuration of a graph's run, of the rules of its cascades by their names. */
export const stepRulesKey = "stepRules";

/** The rules that a run gives to a cascade, by the cascade's name. */
export type StepRules = Readonly<Record<string, readonly StepRule[]>>;
