import { FellowshipError } from "../state/fellowship-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether evals become experiments in LangSmith, and the message about it: only where
 * `LANGSMITH_TRACING=true` asks for it and there is a key, and `LANGSMITH_TEST_TRACKING=false` does
 * not forbid it.
 *
 * @throws FellowshipError `bad_usage` where it is asked for and there is no key.
 */
export function evalTracking(environment: Environment): { tracked: boolean; notice: string } {
  const given = (name: string) =>
    environment[`LANGSMITH_${name}`] ?? environment[`LANGCHAIN_${name}`];
  const asked = [given("TRACING_V2"), given("TRACING")].includes("true");
  if (!asked || environment["LANGSMITH_TEST_TRACKING"] === "false") {
    return {
      tracked: false,
      notice: "Nothing is sent to LangSmith (LANGSMITH_TRACING=true and a key make experiments).",
    };
  }
  if (!given("API_KEY")) {
    throw new FellowshipError(
      "bad_usage",
      "LANGSMITH_TRACING is true and LANGSMITH_API_KEY is missing; nothing was run.",
    );
  }
  const endpoint = given("ENDPOINT") ?? "https://api.smith.langchain.com";
  return {
    tracked: true,
    notice: `Rows, answers and scores go to LangSmith (${endpoint}), as experiments.`,
  };
}
