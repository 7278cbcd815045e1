import { describe, expect, it } from "vitest";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { patientDispatcher } from "./patient-dispatcher.ts";

describe("patientDispatcher", () => {
  it("is of the platform's own kind, made once, and carries requests", async () => {
    const options = patientDispatcher();
    const platforms = (globalThis as Record<symbol, unknown>)[
      Symbol.for("undici.globalDispatcher.1")
    ];
    expect(options.dispatcher).toBeDefined();
    expect(Object.getPrototypeOf(options.dispatcher)).toBe(Object.getPrototypeOf(platforms));
    expect(patientDispatcher()).toBe(options);
    await withLoopbackServer(
      () => ({ body: "here" }),
      async ({ url }) => expect(await (await fetch(url, options)).text()).toBe("here"),
    );
  });
});
