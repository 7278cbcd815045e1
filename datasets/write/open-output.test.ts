import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../tests/memory-file-system.ts";
import { openOutput } from "./open-output.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fellowship-output-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("openOutput", () => {
  it("shows the file only when it is whole, and tells its hash, bytes and lines", async () => {
    const path = join(directory, "deep/er/file.txt");
    const output = await openOutput(path, { bufferBytes: 8 });
    for (const chunk of ["one\n", "two 🙂\n", new Uint8Array([0x33, 0x0a]), "rest"]) {
      await output.write(chunk);
    }
    expect(existsSync(path)).toBe(false);
    const written = await output.commit();
    const content = await readFile(path);
    expect(content.toString()).toBe("one\ntwo 🙂\n3\nrest");
    expect(written).toEqual({
      sha256: createHash("sha256").update(content).digest("hex"),
      bytes: content.length,
      lines: 3,
    });
    expect(await readdir(join(directory, "deep/er"))).toEqual(["file.txt"]);
  });

  it("keeps the order of writes without an await", async () => {
    const output = await openOutput(join(directory, "file"), { bufferBytes: 4 });
    for (let index = 0; index < 200; index += 1) void output.write(`${index}\n`);
    await output.commit();
    const content = await readFile(join(directory, "file"), "utf8");
    expect(content).toBe(Array.from({ length: 200 }, (_, index) => `${index}\n`).join(""));
  });

  it("asks the caller to wait only when its buffer is full", async () => {
    const output = await openOutput(join(directory, "file"), { bufferBytes: 10 });
    expect(output.write("12345")).toBeUndefined();
    expect(output.write("67890")).toBeInstanceOf(Promise);
    await output.abort();
  });

  it("copies what it is given", async () => {
    const output = await openOutput(join(directory, "file"));
    const bytes = Buffer.from("good");
    void output.write(bytes);
    bytes.fill("x");
    await output.commit();
    expect(await readFile(join(directory, "file"), "utf8")).toBe("good");
  });

  it("leaves no trace when it is aborted, and the older file as it was", async () => {
    const path = join(directory, "file");
    await writeFile(path, "older");
    const output = await openOutput(path);
    await output.write("newer");
    await output.abort();
    await output.abort();
    expect(await readdir(directory)).toEqual(["file"]);
    expect(await readFile(path, "utf8")).toBe("older");
    await expect(output.write("more")).rejects.toThrow("after it was closed");
    await expect(output.commit()).rejects.toThrow("after it was closed");
  });

  it("replaces an older file, and what an earlier process left half written", async () => {
    const path = join(directory, "file");
    await writeFile(path, "older");
    await writeFile(`${path}.tmp`, "half of something much longer");
    const output = await openOutput(path);
    await output.write("newer");
    await output.commit();
    await output.abort();
    expect(await readdir(directory)).toEqual(["file"]);
    expect(await readFile(path, "utf8")).toBe("newer");
  });

  it("fails with storage_failed where the directory can't be made", async () => {
    await writeFile(join(directory, "file"), "");
    await expect(openOutput(join(directory, "file/inside"))).rejects.toMatchObject({
      code: "storage_failed",
      facts: { file: join(directory, "file/inside") },
      cause: expect.any(Error),
    });
  });

  it("fails with storage_failed where the file can't take its name, and tidies up", async () => {
    const path = join(directory, "taken");
    await mkdir(join(path, "inside"), { recursive: true });
    const output = await openOutput(path);
    await output.write("text");
    await expect(output.commit()).rejects.toMatchObject({ code: "storage_failed" });
    expect(await readdir(directory)).toEqual(["taken"]);
  });

  it("fails with storage_failed on a full disk, for good", async () => {
    const path = join(directory, "file");
    const fileSystem = createMemoryFileSystem({ capacityBytes: 3 });
    const output = await openOutput(path, { bufferBytes: 4, fileSystem });
    const full = { code: "storage_failed", facts: { systemCode: "ENOSPC" } };
    await expect(output.write("12345")).rejects.toMatchObject(full);
    await expect(output.write("12345")).rejects.toMatchObject(full);
    await expect(output.commit()).rejects.toMatchObject(full);
    await output.abort();
    expect(fileSystem.paths()).toEqual([]);
  });

  it("replaces a link under its temporary name, and a link under its own", async () => {
    const elsewhere = join(directory, "elsewhere");
    await writeFile(elsewhere, "another program's");
    await symlink(elsewhere, join(directory, "file.tmp"));
    await symlink(elsewhere, join(directory, "file"));
    const output = await openOutput(join(directory, "file"));
    await output.write("ours");
    await output.commit();
    expect(await readFile(join(directory, "file"), "utf8")).toBe("ours");
    expect(await readFile(elsewhere, "utf8")).toBe("another program's");
  });
});
