import * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { TrainingKind, TrainingRecords } from "./training-record.ts";

type Line = Readonly<Record<string, unknown>>;

/** A line that a trainer's loader would drop, or would read as something else. */
export type LineProblem = {
  /** A fixed word in snake case. */
  readonly reason: string;
  /** A sentence. */
  readonly detail: string;
};

/** What a trainer's loader asks of a line beyond its fields. */
export type LineRule<Written> = LineProblem & { readonly holds: (line: Written) => boolean };

/** The data files of an export, by name; `test` where a part was held out. */
export type ExportedNames = { readonly train: string; readonly test?: string | undefined };

/** A file for the trainer beside the data. */
export type Companion = {
  readonly name: string;
  /** @param standing The text of the file where it exists and is kept; null otherwise. */
  readonly textOf: (standing: string | null) => string;
  /**
   * Of a file that several exports share: the parts that this export writes, by name. The rest of a
   * standing file is kept.
   */
  readonly parts?: (text: string) => Readonly<Record<string, unknown>>;
};

/** How one trainer reads one kind of data. */
export type TrainerFormat<Item> = {
  readonly schema: z.ZodObject;
  /** What the format can hold at all; everything where not given. */
  readonly takes?: readonly LineRule<Item>[];
  readonly rules: readonly LineRule<never>[];
  readonly lineOf: (item: Item) => Line;
  readonly companion: (names: ExportedNames) => Companion;
};

/** A trainer; where it can't train on a kind, a sentence says why and names the remedy. */
export type Trainer = {
  /** As `--to` takes it. */
  readonly name: string;
  /** The release whose loaders the formats were checked with; null where none could be run. */
  readonly version: string | null;
  readonly formats: {
    readonly [Kind in TrainingKind]: TrainerFormat<TrainingRecords[Kind]> | string;
  };
};

/** Checks that the lines are of the schema, and forgets which schema it is. */
export function defineFormat<Item, Schema extends z.ZodObject>(format: {
  readonly schema: Schema;
  readonly takes?: readonly LineRule<Item>[];
  readonly rules: readonly LineRule<z.infer<Schema>>[];
  readonly lineOf: (item: Item) => z.infer<Schema>;
  readonly companion: (names: ExportedNames) => Companion;
}): TrainerFormat<Item> {
  return format;
}

/** What keeps a trainer from taking a line, or undefined. Written lines can be read back and checked. */
export function problemOf<Item>(
  { schema, rules }: TrainerFormat<Item>,
  line: unknown,
): LineProblem | undefined {
  const parsed = schema.safeParse(line);
  if (!parsed.success) {
    return { reason: "wrong_shape", detail: z.prettifyError(parsed.error) };
  }
  return brokenBy(parsed.data as never, rules);
}

/** A record's line, or why the trainer can't take it. */
export function toLine<Item>(
  format: TrainerFormat<Item>,
  item: Item,
): { readonly line: Line } | { readonly problem: LineProblem } {
  const line = format.lineOf(item);
  const problem = brokenBy(item, format.takes ?? []) ?? problemOf(format, line);
  return problem === undefined ? { line } : { problem };
}

function brokenBy<Value>(value: Value, rules: readonly LineRule<Value>[]): LineProblem | undefined {
  const broken = rules.find(({ holds }) => !holds(value));
  return broken === undefined ? undefined : { reason: broken.reason, detail: broken.detail };
}

/**
 * A trainer's format for a kind.
 *
 * @throws FellowshipError `bad_usage` where the trainer has none
 */
export function formatOf<Kind extends TrainingKind>(
  { name, formats }: Trainer,
  kind: Kind,
): TrainerFormat<TrainingRecords[Kind]> {
  const format = formats[kind];
  if (typeof format === "string") {
    throw new FellowshipError("bad_usage", `--to ${name} --kind ${kind}: ${format}`, {
      facts: { trainer: name, kind },
    });
  }
  return format;
}
