/** Numbers in the order in which they came. */
export type NumberColumn = {
  readonly push: (value: number) => void;
  /** What is there so far; valid until the next `push`. */
  readonly values: () => Float64Array;
};

/** A column that grows by doubling: eight bytes a number, where a list of objects takes a hundred. */
export function createNumberColumn(): NumberColumn {
  let values = new Float64Array(1024);
  let length = 0;
  return {
    push: (value) => {
      if (length === values.length) {
        const grown = new Float64Array(2 * length);
        grown.set(values);
        values = grown;
      }
      values[length] = value;
      length += 1;
    },
    values: () => values.subarray(0, length),
  };
}
