import { fork, type ChildProcess } from "node:child_process";
import type * as fileSystem from "node:fs/promises";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { acquireDirectoryLock } from "./directory-lock.ts";
import { identifyThisProcess } from "./process-identity.ts";

// What happens in the moment after a lock was linked; nothing, unless a test says so.
const moment = vi.hoisted(() => ({ afterLink: async () => {} }));
vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof fileSystem>();
  return {
    ...original,
    link: async (from: string, to: string) => {
      await original.link(from, to);
      await moment.afterLink();
    },
  };
});

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "directory-lock-"));
});
afterEach(async () => {
  moment.afterLink = async () => {};
  await rm(directory, { recursive: true, force: true });
});

/** Leaves a lock as a process would; without `differences` it is this very process. */
async function leaveLock(name: string, differences: Record<string, unknown> = {}): Promise<void> {
  const owner = { ...(await identifyThisProcess()), token: "left", ...differences };
  await writeFile(join(directory, name), JSON.stringify(owner));
}

const gone = { startTime: "another time" };

describe("acquireDirectoryLock", () => {
  it("lets one in, names it to the second, and lets the next in after it let go", async () => {
    const first = await acquireDirectoryLock(directory);
    await expect(acquireDirectoryLock(directory)).rejects.toMatchObject({
      code: "directory_in_use",
      facts: { pid: process.pid, host: (await identifyThisProcess()).host },
    });
    await Promise.all([first.release(), first.release()]);
    expect(await readdir(directory)).toEqual([]);
    const second = await acquireDirectoryLock(directory);
    await first.release();
    await expect(acquireDirectoryLock(directory)).rejects.toThrow(`process ${process.pid} on`);
    await second.release();
  });

  it("takes over from owners that are gone and takes their locks away at its end", async () => {
    await leaveLock("lock.1", gone);
    await leaveLock("lock.7", gone);
    const lock = await acquireDirectoryLock(directory);
    expect(await readdir(directory)).toEqual(["lock.1", "lock.7", "lock.8"]);
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(["999999999", "999999999999999", "99999999999999999999"])(
    "takes over from an owner that is gone under the number %s, as from any other",
    async (number) => {
      await leaveLock(`lock.${number}`, gone);
      const lock = await acquireDirectoryLock(directory);
      expect(await readdir(directory)).toEqual(["lock.1", `lock.${number}`]);
      await expect(acquireDirectoryLock(directory)).rejects.toMatchObject({
        code: "directory_in_use",
      });
      await lock.release();
      expect(await readdir(directory)).toEqual([]);
    },
  );

  it("respects a living owner whatever the number of its lock", async () => {
    await leaveLock("lock.2");
    await leaveLock("lock.9", gone);
    await expect(acquireDirectoryLock(directory)).rejects.toMatchObject({
      code: "directory_in_use",
      facts: { lock: join(directory, "lock.2") },
    });
    expect(await readdir(directory)).toEqual(["lock.2", "lock.9"]);
  });

  it("never takes over another host's lock and says how to remove it", async () => {
    await leaveLock("lock.1", { ...gone, host: "another-host", pid: 4321 });
    await expect(acquireDirectoryLock(directory)).rejects.toThrow(
      `process 4321 on another-host in it: whether it still runs can't be told from here; ` +
        `if you know that it does not, remove ${join(directory, "lock.1")}`,
    );
  });

  it.each(["", "{", "{}", '{"pid": -1}'])(
    "never takes over a lock it can't read: %j",
    async (text) => {
      await writeFile(join(directory, "lock.3"), text);
      await expect(acquireDirectoryLock(directory)).rejects.toMatchObject({
        code: "directory_in_use",
        facts: { lock: join(directory, "lock.3"), pid: null },
      });
    },
  );

  it("gives way to one that linked another number at the same time", async () => {
    moment.afterLink = () => leaveLock("lock.5");
    await expect(acquireDirectoryLock(directory)).rejects.toMatchObject({
      code: "directory_in_use",
      facts: { lock: join(directory, "lock.5") },
    });
    expect(await readdir(directory)).toEqual(["lock.5"]);
  });

  it("leaves a lock that is not its own any more", async () => {
    const lock = await acquireDirectoryLock(directory);
    await leaveLock("lock.1", { pid: process.ppid, startTime: null });
    await lock.release();
    expect(await readdir(directory)).toEqual(["lock.1"]);
  });

  it("sweeps up what killed starters left, and leaves other files alone", async () => {
    await writeFile(join(directory, "lock.tmp-1234"), "");
    await writeFile(join(directory, "lock.txt"), "");
    const lock = await acquireDirectoryLock(directory);
    expect(await readdir(directory)).toEqual(["lock.1", "lock.txt"]);
    await lock.release();
  });

  it("says storage_failed where there is no directory, and lets go of one that was removed", async () => {
    await expect(acquireDirectoryLock(join(directory, "none"))).rejects.toMatchObject({
      code: "storage_failed",
    });
    const lock = await acquireDirectoryLock(directory);
    await rm(directory, { recursive: true });
    await lock.release();
  });
});

/**
 * What a contender answers: it holds the directory, it was refused, or it tried so often in a
 * scramble.
 */
type Answer = { event: "held" | "refused" | "scrambled"; code?: string; count?: number };

describe("twenty processes at once", () => {
  let contenders: ChildProcess[] = [];
  let scriptDirectory = "";

  beforeAll(async () => {
    scriptDirectory = await mkdtemp(join(tmpdir(), "contender-"));
    const script = join(scriptDirectory, "contender.mts");
    await writeFile(script, contenderScript());
    contenders = Array.from({ length: 20 }, () => startContender(script));
    await Promise.all(contenders.map(nextAnswer)); // each says once that it is ready
  });

  afterAll(async () => {
    for (const contender of contenders) contender.kill("SIGKILL");
    await rm(scriptDirectory, { recursive: true });
  });

  async function race(where: string): Promise<{ answers: Answer[]; log: string[] }> {
    const answered = contenders.map(nextAnswer);
    for (const contender of contenders) contender.send({ order: "take", directory: where });
    const answers = await Promise.all(answered);
    const holders = contenders.filter((_, index) => answers[index]?.event === "held");
    const released = holders.map(nextAnswer);
    for (const holder of holders) holder.send({ order: "release" });
    await Promise.all(released);
    const log = await readFile(join(where, "log"), "utf8");
    return { answers, log: log.trimEnd().split("\n") };
  }

  it.each([1, 2, 3])(
    "let one in and refuse nineteen, also over stale locks (race %i)",
    async (number) => {
      const where = join(directory, String(number));
      await mkdir(where);
      for (let stale = 1; stale < number; stale += 1) {
        await leaveLock(join(String(number), `lock.${stale}`), gone);
      }
      const { answers, log } = await race(where);
      expect(answers.filter(({ event }) => event === "held")).toHaveLength(1);
      expect(answers.filter(({ code }) => code === "directory_in_use")).toHaveLength(19);
      expect(log.map((line) => line.split(" ")[0])).toEqual(["start", "stop"]);
      expect(await readdir(where)).toEqual(["log"]);
    },
  );

  it("let one in after the holder was killed", async () => {
    const answered = contenders.map(nextAnswer);
    for (const contender of contenders) contender.send({ order: "take", directory });
    const first = (await Promise.all(answered)).findIndex(({ event }) => event === "held");
    const holder = contenders[first] ?? expect.fail("no process held the directory");
    const ended = new Promise((resolve) => holder.once("exit", resolve));
    holder.kill("SIGKILL");
    await ended;
    contenders.splice(first, 1);
    const { answers, log } = await race(directory);
    expect(answers.filter(({ event }) => event === "held")).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "directory_in_use")).toHaveLength(18);
    expect(log.map((line) => line.split(" ")[0])).toEqual(["start", "start", "stop"]);
  });

  it("never are two inside, however they take and let go", async () => {
    const answered = contenders.map(nextAnswer);
    for (const contender of contenders) {
      contender.send({ order: "scramble", directory, logBytes: 1000 });
    }
    const counts = (await Promise.all(answered)).map(({ count }) => count ?? 0);
    const log = (await readFile(join(directory, "log"), "utf8")).trimEnd().split("\n");
    expect(log).toHaveLength(2 * counts.reduce((sum, count) => sum + count, 0));
    expect(log.length).toBeGreaterThan(50);
    for (let line = 0; line < log.length; line += 2) {
      expect(log[line + 1]).toBe(log[line]?.replace("start", "stop"));
    }
  });
});

function startContender(script: string): ChildProcess {
  return fork(script, { execArgv: ["--import", import.meta.resolve("tsx")] });
}

function nextAnswer(contender: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error("a contender ended"));
    contender.once("exit", onExit);
    contender.once("message", (answer) => {
      contender.off("exit", onExit);
      resolve(answer as Answer);
    });
  });
}

/**
 * Takes, releases or scrambles for a directory as it is told; writes a line when it begins and ends
 * to hold it.
 */
function contenderScript(): string {
  return `
    import { appendFileSync, statSync } from "node:fs";
    import { acquireDirectoryLock } from ${JSON.stringify(new URL("directory-lock.ts", import.meta.url).href)};
    let held = null;
    async function take(directory) {
      try {
        held = { lock: await acquireDirectoryLock(directory), log: directory + "/log" };
        appendFileSync(held.log, "start " + process.pid + "\\n");
        return { event: "held" };
      } catch (error) {
        return { event: "refused", code: error.code ?? String(error) };
      }
    }
    async function release() {
      appendFileSync(held.log, "stop " + process.pid + "\\n");
      await held.lock.release();
      return { event: "held" };
    }
    async function scramble(directory, logBytes) {
      let count = 0;
      const log = directory + "/log";
      while ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) < logBytes) {
        const answer = await take(directory);
        if (answer.event === "held") {
          count += 1;
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
          await release();
        } else if (answer.code !== "directory_in_use") throw new Error(answer.code);
      }
      return { event: "scrambled", count };
    }
    process.on("message", async ({ order, directory, logBytes }) => {
      if (order === "take") process.send(await take(directory));
      if (order === "release") process.send(await release());
      if (order === "scramble") process.send(await scramble(directory, logBytes));
    });
    process.send({ event: "ready" });
  `;
}
