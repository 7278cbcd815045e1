/** The diff library, whose script stands before the report's own. */
declare var Diff:
  | {
      diffWordsWithSpace(
        before: string,
        after: string,
        options: { timeout: number },
      ): { value: string; added?: boolean; removed?: boolean }[] | undefined;
    }
  | undefined;
