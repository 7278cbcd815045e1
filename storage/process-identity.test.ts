import { spawn, type ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { identifyThisProcess, judgeLiveness, ProcessIdentity } from "./process-identity.ts";

const onLinux = process.platform === "linux";

describe("identifyThisProcess", () => {
  it("says the same each time, in a shape that can be stored", async () => {
    const here = await identifyThisProcess();
    expect(await identifyThisProcess()).toEqual(here);
    expect(ProcessIdentity.parse(JSON.parse(JSON.stringify(here)))).toEqual(here);
    expect(here.pid).toBe(process.pid);
  });

  it.runIf(onLinux)("knows the start of the machine and of the process", async () => {
    const here = await identifyThisProcess();
    expect(here.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(here.startTime).toMatch(/^\d+$/);
    expect(here.pidNamespace).toMatch(/^pid:\[\d+\]$/);
  });
});

describe.runIf(onLinux || process.platform === "darwin")("judgeLiveness", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  it("takes this process for alive", async () => {
    const here = await identifyThisProcess();
    expect(await judgeLiveness(here, here, tmpdir())).toBe("alive");
  });

  it("takes a process for gone once it was killed, and another of its number too", async () => {
    const here = await identifyThisProcess();
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    children.push(child);
    const owner = { ...here, pid: child.pid ?? 0, startTime: null };
    expect(await judgeLiveness(owner, here, tmpdir())).toBe("alive");
    const reused = { ...owner, startTime: "another time" };
    expect(await judgeLiveness(reused, here, tmpdir())).toBe("gone");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(await judgeLiveness(owner, here, tmpdir())).toBe("gone");
  });

  it("does not judge another host, another container, or what says nothing of its start", async () => {
    const here = await identifyThisProcess();
    const gone = { ...here, startTime: "another time" };
    expect(await judgeLiveness(gone, here, tmpdir())).toBe("gone");
    for (const difference of [
      { host: "another-host" },
      { pidNamespace: "pid:[1]" },
      { bootId: null },
      { host: "another-host", bootId: "00000000-0000-0000-0000-000000000000" },
    ]) {
      expect(await judgeLiveness({ ...gone, ...difference }, here, tmpdir())).toBe("unknown");
    }
  });

  it.runIf(onLinux)(
    "does not judge another start of the machine on a file system others may share",
    async () => {
      const here = await identifyThisProcess();
      const before = { ...here, bootId: "00000000-0000-0000-0000-000000000000" };
      expect(await judgeLiveness(before, here, "/proc")).toBe("unknown");
    },
  );
});
