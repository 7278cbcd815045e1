import { RunnableLambda } from "@langchain/core/runnables";

/**
 * A conditional edge that bears its function's name in traces, where LangGraph would call every one
 * of them alike. It reads the state and never throws.
 */
export function router<State, Next>(route: (state: State) => Next): RunnableLambda<State, Next> {
  const named = RunnableLambda.from<State, Next>(route);
  named.name = route.name;
  return named;
}
