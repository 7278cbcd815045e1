/** One run of a trace: a graph, a node, a router, or a call. */
export type TracedRun = {
  readonly id: string;
  /** Its row's number. */
  readonly row: number;
  readonly parent: TracedRun | null;
  readonly name: string;
  readonly type: "chain" | "llm" | "tool" | "retriever";
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  endedMs: number | null;
  /**
   * Its position among the runs of its trace, by which LangSmith sorts: its own start and id
   * after its parent's.
   */
  readonly dottedOrder: string;
  /**
   * When it started, to a microsecond: the last three digits distinguish runs of one millisecond.
   */
  readonly startedAt: string;
  inputs: Readonly<Record<string, unknown>>;
  outputs: Readonly<Record<string, unknown>>;
  /** Only `word` is in a trace whose texts are hidden. */
  error: { readonly word: string; readonly detail: string } | null;
  readonly tags: string[];
  readonly metadata: Record<string, unknown>;
  /** Its number, from 1, among the runs of its name below its parent. */
  readonly time: number;
  /** How many runs of each name there are below it. */
  readonly times: Map<string, number>;
};

/** Something said of a trace as a whole: a number, or a word for one of a few cases. */
export type TraceFeedback = {
  readonly key: string;
  readonly score?: number;
  readonly value?: string;
  /** Which of several it is about; never a text of the row. */
  readonly comment?: string;
};
