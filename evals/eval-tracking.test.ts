import { describe, expect, it } from "vitest";
import { evalTracking } from "./eval-tracking.ts";

const key = { LANGSMITH_API_KEY: "k" };

describe("the tracking of evals", () => {
  it.each([
    ["nothing asks for it", {}],
    ["there is only a key", key],
    ["tracing is off", { ...key, LANGSMITH_TRACING: "false" }],
    ["it is forbidden", { ...key, LANGSMITH_TRACING: "true", LANGSMITH_TEST_TRACKING: "false" }],
  ])("is off where %s", (_, environment) => {
    const { tracked, notice } = evalTracking(environment);
    expect(tracked).toBe(false);
    expect(notice).toContain("Nothing is sent");
  });

  it("is on where tracing is and a key is there, and says where the data go", () => {
    const endpoint = { LANGSMITH_ENDPOINT: "http://127.0.0.1:9" };
    const environment = { ...key, ...endpoint, LANGSMITH_TRACING: "true" };
    const { tracked, notice } = evalTracking(environment);
    expect(tracked).toBe(true);
    expect(notice).toContain("http://127.0.0.1:9");
    expect(evalTracking({ LANGCHAIN_API_KEY: "k", LANGCHAIN_TRACING_V2: "true" })).toMatchObject({
      tracked: true,
      notice: expect.stringContaining("api.smith.langchain.com") as string,
    });
  });

  it("is refused without a key", () => {
    expect(() => evalTracking({ LANGSMITH_TRACING: "true" })).toThrow(
      "LANGSMITH_API_KEY is missing",
    );
  });
});
