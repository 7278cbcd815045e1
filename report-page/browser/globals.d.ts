/** The diff library, whose script comes before the page's own. */
declare var Diff:
  | {
      diffWordsWithSpace(
        before: string,
        after: string,
        options: { timeout: number },
      ): { value: string; added?: boolean; removed?: boolean }[] | undefined;
    }
  | undefined;

/** A row as the page holds it: report-page/rows/row-sheet.ts, once it is unpacked. */
type NamedText = { name: string; text: string };
type Call = {
  agent: string;
  part: string;
  turn: number;
  model: string;
  outcome: string;
  text: string;
  thinking?: string;
  finish: string | null;
  tokens: { in: number; out: number } | null;
  usd: number | null;
  detail?: string;
  isPromptTruncated?: true;
  isShared?: true;
};
type Vote = {
  agent: string;
  model: string;
  shown: [string, string];
  isSwapped: boolean;
  outcome: string;
  scores: [number, number] | null;
  isLost: boolean;
  calls: number[];
};
type ResponseStep = {
  kind: "response";
  name: string;
  by: string;
  text: string;
  notes: string[];
  isBest: boolean;
  call: number | null;
};
type ReviewStep = {
  kind: "review";
  name: string;
  by: string;
  text: string;
  score: number | null;
  call: number | null;
};
type TalkStep = { kind: "talk"; name: string; by: string; call: number };
type VerdictStep = {
  kind: "verdict";
  name: string;
  outcome: string;
  sides: [string, string];
  scores: [number, number] | null;
  isFlipped: boolean;
  votes: Vote[];
  effects: string[];
};
type Pair = {
  chosen: NamedText;
  rejected: NamedText;
  scoreMargin: number | null;
  isKept: boolean;
};
type Sheet = {
  row: number;
  id: string;
  outcome: string;
  prompt: NamedText[];
  fields: NamedText[];
  steps: (ResponseStep | ReviewStep | TalkStep | VerdictStep)[];
  pairs: Pair[];
  reasons: string[];
  calls: Call[];
  /** The messages of each call: report-page/page/pack-messages.ts. */
  asked?: (PackedMessage[] | null)[];
};
type PackedMessage = [role: string, parts: (string | number)[]];

/** All rows in columns: report-page/page/row-index.ts. */
type Index = Omit<PackedIndex, "parts"> &
  Omit<IndexPart, "fields"> & {
    /** By field, the place of each row's value among the field's values. */
    codes: Map<string, (number | null)[]>;
  };
type PackedIndex = {
  runs: { name: string; command: string }[];
  marks: { name: string; label: string }[];
  outcomes: string[];
  fields: Record<string, string[]>;
  parts: (string | IndexPart)[];
  chunkStarts: number[] | null;
  phrases: string[];
};
type IndexPart = {
  run: number[];
  row: number[];
  id: string[];
  excerpt: string[];
  outcome: number[];
  mark: number[];
  margin: (number | null)[];
  round: (number | null)[];
  tokens: number[];
  usd: (number | null)[];
  fields: Record<string, (number | null)[]>;
};
type Column = "row" | "id" | "excerpt" | "outcome" | "margin" | "round" | "tokens" | "usd";
