import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { readTraceSettings } from "./trace-settings.ts";

const key = "lsv2_pt_0123456789";
const on = { LANGSMITH_TRACING: "true", LANGSMITH_API_KEY: key };

function refusal(environment: Record<string, string>): string {
  try {
    readTraceSettings(environment);
  } catch (error) {
    if (isFellowshipError(error) && error.code === "bad_usage") return error.message;
  }
  return "not refused";
}

function hide(what: string, word: string): string {
  return `LANGSMITH_HIDE_${what}: expected true or false, got "${word}".`;
}

describe("tracing", () => {
  it.each([
    {},
    { LANGSMITH_API_KEY: key },
    { LANGSMITH_TRACING: "false" },
    { LANGSMITH_TRACING: "1" },
    { LANGSMITH_TRACING: "" },
  ])("is off with %o", (environment) => {
    expect(readTraceSettings(environment)).toBeNull();
  });

  it.each([
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
    "LANGCHAIN_TRACING",
    "LANGCHAIN_TRACING_V2",
  ])("is on with %s=true, as LangSmith has it", (name) => {
    expect(readTraceSettings({ [name]: "true", LANGCHAIN_API_KEY: key })).toEqual({
      endpoint: "https://api.smith.langchain.com",
      project: "fellowship",
      headers: { "x-api-key": key },
      hideInputs: false,
      hideOutputs: false,
      hideMetadata: false,
      samplingRate: 1,
    });
  });

  it("follows LangSmith's variables, under the names of before too", () => {
    expect(
      readTraceSettings({
        ...on,
        LANGCHAIN_ENDPOINT: '"https://eu.api.smith.langchain.com/"',
        LANGSMITH_PROJECT: "juries",
        LANGCHAIN_PROJECT: "another",
        LANGSMITH_WORKSPACE_ID: "w-1",
        LANGCHAIN_HIDE_INPUTS: "true",
        LANGSMITH_HIDE_OUTPUTS: "true",
        LANGSMITH_HIDE_METADATA: "true",
        LANGSMITH_TRACING_SAMPLING_RATE: "0.25",
      }),
    ).toEqual({
      endpoint: "https://eu.api.smith.langchain.com",
      project: "juries",
      headers: { "x-api-key": key, "x-tenant-id": "w-1" },
      hideInputs: true,
      hideOutputs: true,
      hideMetadata: true,
      samplingRate: 0.25,
    });
  });

  it("hides what it is told to in any case of the word", () => {
    const hidden = { LANGSMITH_HIDE_INPUTS: "True", LANGSMITH_HIDE_OUTPUTS: "FALSE" };
    expect(readTraceSettings({ ...on, ...hidden })).toMatchObject({
      hideInputs: true,
      hideOutputs: false,
    });
  });

  it("needs no key for the user's own server", () => {
    const environment = { LANGSMITH_TRACING: "true", LANGSMITH_ENDPOINT: "http://127.0.0.1:9" };
    expect(readTraceSettings(environment)?.headers).toEqual({});
  });

  it.each([
    ["no key for LangSmith itself", { LANGSMITH_TRACING: "true" }, "set LANGSMITH_API_KEY"],
    ["no address", { ...on, LANGSMITH_ENDPOINT: "smith" }, "LANGSMITH_ENDPOINT"],
    ["an address with a query", { ...on, LANGSMITH_ENDPOINT: "http://h/?a=b" }, "ENDPOINT"],
    ["a password in it", { ...on, LANGSMITH_ENDPOINT: "http://a:b@h" }, "a user name or password"],
    ["a rate above 1", { ...on, LANGSMITH_TRACING_SAMPLING_RATE: "1.5" }, 'got "1.5"'],
    ["a rate that is none", { ...on, LANGSMITH_TRACING_SAMPLING_RATE: "half" }, 'got "half"'],
    ["another word for true", { ...on, LANGSMITH_HIDE_INPUTS: "yes" }, hide("INPUTS", "yes")],
    ["a number for true", { ...on, LANGSMITH_HIDE_INPUTS: "1" }, hide("INPUTS", "1")],
    ["a slip of the pen", { ...on, LANGSMITH_HIDE_INPUTS: "ture" }, hide("INPUTS", "ture")],
    ["the same of answers", { ...on, LANGCHAIN_HIDE_OUTPUTS: "1" }, "LANGSMITH_HIDE_OUTPUTS"],
    ["the same of metadata", { ...on, LANGSMITH_HIDE_METADATA: "1" }, "LANGSMITH_HIDE_METADATA"],
    ["other places", { ...on, LANGSMITH_RUNS_ENDPOINTS: "[]" }, "LANGSMITH_RUNS_ENDPOINTS"],
    ["OpenTelemetry", { ...on, LANGSMITH_OTEL_ENABLED: "true" }, "OpenTelemetry"],
  ])("is refused with %s", (_, environment, message) => {
    expect(refusal(environment)).toContain(message);
  });

  it("does not repeat a key that is none", () => {
    const message = refusal({ ...on, LANGSMITH_API_KEY: "lsv2 secret" });
    expect(message).toContain("LANGSMITH_API_KEY");
    expect(message).not.toContain("secret");
  });
});
