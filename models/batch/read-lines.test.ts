import fc from "fast-check";
import { expect, it } from "vitest";
import { readLines } from "./read-lines.ts";

async function linesOf(pieces: readonly Uint8Array[], longestBytes?: number) {
  const lines = [];
  for await (const line of readLines(chunks(pieces), longestBytes)) lines.push(line);
  return lines;
}

async function* chunks(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted(
    (one, other) => one - other,
  );
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end));
}

it("gives the lines of a file wherever the network cuts it", async () => {
  const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", ""));
  const places = fc.array(fc.nat(), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.boolean(), places, async (lines, isEnded, at) => {
      const text = lines.join("\n") + (isEnded ? "\n" : "");
      const read = await linesOf(cut(Buffer.from(text), at));
      expect(read.map((one) => one.text)).toEqual(lines.filter((one) => one !== ""));
      const isOpen = !isEnded && (lines.at(-1) ?? "") !== "";
      expect(read.map(({ isUnended = false }) => isUnended)).toEqual(
        read.map((_, index) => isOpen && index === read.length - 1),
      );
    }),
  );
});

it("keeps the beginning of a line that is too long, and goes on with the next", async () => {
  const long = `{"custom_id":"r-1","x":"${"é".repeat(20_000)}"}`;
  const file = Buffer.from(`{"a":1}\n${long}\n{"b":2}\n`);
  for (const pieces of [[file], cut(file, [3, 100, 9_000, 20_000, 40_040])]) {
    const [first, second, third, ...rest] = await linesOf(pieces, 10_000);
    expect([first?.text, third?.text, rest.length]).toEqual(['{"a":1}', '{"b":2}', 0]);
    expect(second?.flaw).toBe("an answer of more than 10000 bytes");
    expect(second?.text.startsWith('{"custom_id":"r-1","x"')).toBe(true);
    expect(second?.text.length).toBeLessThanOrEqual(4096);
  }
});

it("marks a line that is not in UTF-8", async () => {
  const [line] = await linesOf([Buffer.from('"\xff"\n', "latin1")]);
  expect(line?.flaw).toBe("the answer is not in UTF-8");
});
