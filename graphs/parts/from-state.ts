/** A setting that is the same for every row, or a function of the row's state. */
export type FromState<State, Value extends number> = Value | ((state: State) => Value);

export function fromState<State, Value extends number>(
  setting: FromState<State, Value>,
  state: State,
): Value {
  return typeof setting === "function" ? setting(state) : setting;
}
