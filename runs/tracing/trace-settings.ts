import { FellowshipError } from "../../state/fellowship-error.ts";

/** Where traces go, and how much of them. */
export type TraceSettings = {
  /** The address of the API, without a slash at the end. */
  readonly endpoint: string;
  readonly project: string;
  /** The key and the workspace, as headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly hideInputs: boolean;
  readonly hideOutputs: boolean;
  readonly hideMetadata: boolean;
  /** Share of the rows that are traced, from 0 to 1. */
  readonly samplingRate: number;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** LangSmith's own rule: any of these, and only the word `true`. */
const switches = [
  "LANGSMITH_TRACING",
  "LANGSMITH_TRACING_V2",
  "LANGCHAIN_TRACING",
  "LANGCHAIN_TRACING_V2",
];

/**
 * LangSmith's client obeys these and this one does not, so traces would go to another place than
 * intended.
 */
const elsewhere = ["RUNS_ENDPOINTS", "AGENT_ID", "AGENT_ENVIRONMENT"];

const hosted = "https://api.smith.langchain.com";

/**
 * Tracing as the environment asks for it, in LangSmith's own variables (`LANGSMITH_…`, or
 * `LANGCHAIN_…` as they were called before); null where it does not.
 *
 * @throws FellowshipError `bad_usage` for a key that is missing or can't be one, an address that is
 *   none, a rate out of range, a switch that is neither true nor false, or a variable that would
 *   send traces elsewhere.
 */
export function readTraceSettings(environment: Environment): TraceSettings | null {
  if (!switches.some((name) => environment[name] === "true")) return null;
  const given = (name: string) =>
    unquoted(environment[`LANGSMITH_${name}`]) || unquoted(environment[`LANGCHAIN_${name}`]);
  for (const name of elsewhere) {
    if (given(name) !== "")
      refuse(`LANGSMITH_${name} is not followed here; traces go to one project.`);
  }
  if (given("TRACING_MODE") === "otel" || given("OTEL_ENABLED") === "true") {
    refuse("Traces by OpenTelemetry are not written here; set LANGSMITH_TRACING_MODE=langsmith.");
  }
  const isHidden = (name: string) => checkedSwitch(`LANGSMITH_${name}`, given(name));
  const endpoint = checkedEndpoint(given("ENDPOINT") || hosted);
  return {
    endpoint,
    project: given("PROJECT") || unquoted(environment["LANGCHAIN_SESSION"]) || "fellowship",
    headers: headersOf(given("API_KEY"), given("WORKSPACE_ID"), endpoint),
    hideInputs: isHidden("HIDE_INPUTS"),
    hideOutputs: isHidden("HIDE_OUTPUTS"),
    hideMetadata: isHidden("HIDE_METADATA"),
    samplingRate: checkedRate(given("TRACING_SAMPLING_RATE") || "1"),
  };
}

/** The address is printed, so it must not hold a password. */
function checkedEndpoint(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    return refuse(`LANGSMITH_ENDPOINT: expected an address such as ${hosted}.`);
  }
  if (url.username !== "" || url.password !== "") {
    return refuse(
      "LANGSMITH_ENDPOINT holds a user name or password; put the key into LANGSMITH_API_KEY.",
    );
  }
  return address.replace(/\/+$/, "");
}

/** Your own server may need no key; LangSmith's always does. */
function headersOf(key: string, workspace: string, endpoint: string): Record<string, string> {
  if (key === "" && /(?:^|\.)langchain\.com$/.test(new URL(endpoint).hostname)) {
    refuse(
      "LANGSMITH_TRACING is true and there is no key: set LANGSMITH_API_KEY, or unset " +
        "LANGSMITH_TRACING to keep traces from being made.",
    );
  }
  for (const [name, value] of [
    ["LANGSMITH_API_KEY", key],
    ["LANGSMITH_WORKSPACE_ID", workspace],
  ] as const) {
    if (/^[\u0021-\u007e]*$/.test(value)) continue;
    refuse(`${name} holds characters that stand in no key (a space, a line break?).`);
  }
  return {
    ...(key === "" ? {} : { "x-api-key": key }),
    ...(workspace === "" ? {} : { "x-tenant-id": workspace }),
  };
}

/** A misspelled value must not send texts that were meant to be hidden. */
function checkedSwitch(name: string, value: string): boolean {
  const word = value.toLowerCase();
  if (word === "true") return true;
  if (word === "false" || word === "") return false;
  return refuse(`${name}: expected true or false, got "${value}".`);
}

function checkedRate(text: string): number {
  const rate = Number(text);
  if (rate >= 0 && rate <= 1) return rate;
  return refuse(`LANGSMITH_TRACING_SAMPLING_RATE: expected a number from 0 to 1, got "${text}".`);
}

/** LangSmith's client takes values with the quotation marks they had in a file. */
function unquoted(value: string | undefined): string {
  return (value ?? "").trim().replace(/^(["'])(.*)\1$/, "$2");
}

function refuse(message: string): never {
  throw new FellowshipError("bad_usage", message);
}
