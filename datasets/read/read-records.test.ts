import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { ColumnSource, SchemaElement } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InputRecord, ReadOptions } from "./read-records.ts";
import { readRecords } from "./read-records.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fellowship-read-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function readFileWith(
  name: string,
  content: string | Uint8Array,
  options?: ReadOptions,
): Promise<InputRecord[]> {
  const path = join(directory, name);
  await writeFile(path, content);
  return collect(path, options);
}

async function collect(path: string, options?: ReadOptions): Promise<InputRecord[]> {
  const records: InputRecord[] = [];
  for await (const record of readRecords(path, options)) records.push(record);
  return records;
}

function values(records: InputRecord[]): unknown[] {
  return records.map((record) => ("problem" in record ? record : record.value));
}

describe("a JSONL file", () => {
  it("gives a record a line, with its number and place", async () => {
    expect(await readFileWith("plain.jsonl", '{"id":1}\n{"id":2}\n')).toEqual([
      { number: 1, place: "line 1", value: { id: 1 } },
      { number: 2, place: "line 2", value: { id: 2 } },
    ]);
  });

  it("may begin with a byte order mark, end its lines in CRLF, and lack the last line end", async () => {
    const records = await readFileWith("windows.ndjson", '\ufeff{"id":1}\r\n{"id":2}');
    expect(values(records)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("counts blank lines as lines and not as rows", async () => {
    const records = await readFileWith("blank.jsonl", '\n{"id":1}\n \t\r\n\r\n{"id":2}\n\n');
    expect(records).toEqual([
      { number: 1, place: "line 2", value: { id: 1 } },
      { number: 2, place: "line 5", value: { id: 2 } },
    ]);
  });

  it("is parted by line feeds only, not by U+2028, U+2029 or U+0085", async () => {
    const text = "one\u2028two\u2029three\u0085four";
    const records = await readFileWith("separators.jsonl", `{"prompt":"${text}"}\n`);
    expect(values(records)).toEqual([{ prompt: text }]);
  });

  it("keeps emoji, NUL and a byte order mark inside a text as they are", async () => {
    const prompt = "👩‍👩‍👧 \u0000 \ufeff é e\u0301 שלום";
    const records = await readFileWith("text.jsonl", JSON.stringify({ prompt }));
    expect(values(records)).toEqual([{ prompt }]);
  });

  it("keeps a lone surrogate that stands as an escape", async () => {
    const records = await readFileWith("lone.jsonl", '{"prompt":"half \\ud83d"}\n');
    expect(values(records)).toEqual([{ prompt: "half \ud83d" }]);
  });

  it("lets a broken line fail alone", async () => {
    const records = await readFileWith("broken.jsonl", '{"id":1}\n{"id":\n{"id":3}\n');
    expect(values([records[0]!, records[2]!])).toEqual([{ id: 1 }, { id: 3 }]);
    expect(records[1]).toMatchObject({ number: 2, place: "line 2", reason: "bad_input" });
    expect(records[1]).toHaveProperty("problem", expect.stringContaining("expected JSON"));
  });

  it("lets a line that is no UTF-8 fail alone", async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"id":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"id":2}\n'),
    ]);
    const records = await readFileWith("latin.jsonl", bytes);
    expect(records[0]).toHaveProperty("problem", expect.stringContaining("UTF-8"));
    expect(records[1]).toHaveProperty("value", { id: 2 });
  });

  it("lets a line larger than the limit fail alone, also one that spans many chunks", async () => {
    const huge = JSON.stringify({ prompt: "x".repeat(2_000_000) });
    const records = await readFileWith("huge.jsonl", `{"id":1}\n${huge}\n{"id":3}\n`, {
      maxRowBytes: 100_000,
    });
    expect(records.map((record) => record.place)).toEqual(["line 1", "line 2", "line 3"]);
    expect(records[1]).toMatchObject({ reason: "row_too_large" });
    expect(records[2]).toHaveProperty("value", { id: 3 });
  });

  it("lets a line nested deeper than 64 levels fail alone", async () => {
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
    const lines = [nested(64), nested(65), nested(100_000), "[".repeat(100_000)].join("\n");
    const records = await readFileWith("deep.jsonl", lines);
    expect(records.map((record) => "problem" in record)).toEqual([false, true, true, true]);
    expect(records[1]).toHaveProperty("problem", expect.stringContaining("64 levels"));
  });

  it("of no bytes, or of blank lines alone, has no rows", async () => {
    expect(await readFileWith("empty.jsonl", "")).toEqual([]);
    expect(await readFileWith("blank-only.jsonl", "\n\r\n  \n")).toEqual([]);
    expect(await readFileWith("mark-only.jsonl", "\ufeff")).toEqual([]);
  });

  it("may be gzip, in several members", async () => {
    const packed = Buffer.concat([gzipSync('\ufeff{"id":1}\n'), gzipSync('{"id":2}\n')]);
    expect(values(await readFileWith("packed.jsonl.gz", packed))).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("is read no further than its reader goes", async () => {
    await writeFile(join(directory, "long.jsonl"), '{"id":1}\n'.repeat(100_000));
    for await (const record of readRecords(join(directory, "long.jsonl"))) {
      expect(record.number).toBe(1);
      break;
    }
  });
});

describe("a JSON file", () => {
  it("gives a record an element of its array", async () => {
    const content = ' [ {"id": "a,]\\"["},\n  {"id": 2, "list": [1, {"x": "}"}]} , 3 ] \n';
    expect(await readFileWith("array.json", content)).toEqual([
      { number: 1, place: "element 1", value: { id: 'a,]"[' } },
      { number: 2, place: "element 2", value: { id: 2, list: [1, { x: "}" }] } },
      { number: 3, place: "element 3", value: 3 },
    ]);
  });

  it("may be one object a line", async () => {
    expect(await readFileWith("lines.json", '\n{"id":1}\n{"id":2}\n')).toEqual([
      { number: 1, place: "line 2", value: { id: 1 } },
      { number: 2, place: "line 3", value: { id: 2 } },
    ]);
  });

  it("may be gzip", async () => {
    expect(values(await readFileWith("array.json.gz", gzipSync('[{"id":1}]')))).toEqual([
      { id: 1 },
    ]);
  });

  it("may be an empty array or empty altogether", async () => {
    expect(await readFileWith("none.json", " [ \n ] ")).toEqual([]);
    expect(await readFileWith("empty.json", " \n")).toEqual([]);
  });

  it("lets a broken or oversized element fail alone", async () => {
    const content = `[{"id":1}, {"id" 2}, {"text":"${"x".repeat(500)}"}, {"id":4}]`;
    const records = await readFileWith("elements.json", content, { maxRowBytes: 100 });
    expect(records.map((record) => ("problem" in record ? record.reason : "good"))).toEqual([
      "good",
      "bad_input",
      "row_too_large",
      "good",
    ]);
  });

  it.each([
    ["[{},]", "a comma too many"],
    ["[{},{}", "ends before its array"],
    ['[{"id":1},{"id":', "ends before its array"],
    ['[{"id":1}', "ends before its array"],
    ["[{}] []", "found more text"],
  ])("that goes wrong at its end (%s) says so and is never just taken", async (content, words) => {
    const records = await readFileWith("damaged.json", content);
    expect(records[0]).toHaveProperty("value");
    expect(records.at(-1)).toHaveProperty("problem", expect.stringContaining(words));
  });

  it.each(['{\n  "rows": []\n}', '"text"', "17", "{"])(
    "that is no array and no object a line is refused: %s",
    async (content) => {
      await expect(readFileWith("other.json", content)).rejects.toMatchObject({
        code: "bad_input",
        message: expect.stringContaining("expected a JSON array"),
      });
    },
  );
});

describe("a CSV file", () => {
  it("gives a record a row, nested by the dots of its header", async () => {
    const content = "id,prompt,a.text,b.text,labels.ann\n1,Hello,one,,a\n";
    expect(await readFileWith("pairs.csv", content)).toEqual([
      {
        number: 1,
        place: "line 2",
        value: {
          id: "1",
          prompt: "Hello",
          a: { text: "one" },
          b: { text: "" },
          labels: { ann: "a" },
        },
      },
    ]);
  });

  it("may quote cells, with commas, quotes and line ends in them; a place is a record's first line", async () => {
    const content = '\ufeffid,prompt\r\n1,"one, ""two""\r\nthree\n"\r\n\r\n2,plain\r\n3,"last"';
    expect(await readFileWith("quoted.csv", content)).toEqual([
      { number: 1, place: "line 2", value: { id: "1", prompt: 'one, "two"\r\nthree\n' } },
      { number: 2, place: "line 6", value: { id: "2", prompt: "plain" } },
      { number: 3, place: "line 7", value: { id: "3", prompt: "last" } },
    ]);
  });

  it("reads JSON in the cells of messages, conversations, a, b and labels, and in no others", async () => {
    const messages = '"[{""role"":""user"",""content"":""Hi""}]"';
    const content = `messages,a,labels,note\n${messages},"{""text"":""x""}","{""ann"":""b""}","[1]"\n`;
    expect(values(await readFileWith("json.csv", content))).toEqual([
      {
        messages: [{ role: "user", content: "Hi" }],
        a: { text: "x" },
        labels: { ann: "b" },
        note: "[1]",
      },
    ]);
  });

  it("takes an empty cell for no field where the field may be missing", async () => {
    const content = "id,prompt,messages,label,note\n,Hello,,,\n";
    expect(values(await readFileWith("absent.csv", content))).toEqual([
      { prompt: "Hello", note: "" },
    ]);
  });

  it("lets a bad record fail alone", async () => {
    const content =
      'id,prompt,messages\n1,a\n2,"b"c,\n3,5" wide,\n4,d,[1\n5,good,\n6,"never closed\n7,e,\n';
    const records = await readFileWith("bad.csv", content);
    expect(records.map((record) => record.place)).toEqual(
      [2, 3, 4, 5, 6, 7].map((line) => `line ${line}`),
    );
    expect(records[0]).toHaveProperty("problem", "expected 3 cells as in the header, found 2");
    expect(records[3]).toHaveProperty("problem", expect.stringContaining("column messages"));
    expect(records[4]).toHaveProperty("value", { id: "5", prompt: "good" });
    expect(records.filter((record) => "problem" in record)).toHaveLength(5);
  });

  it("lets an oversized record, and one in no known encoding, fail alone", async () => {
    const content = Buffer.concat([
      Buffer.from(`id\n"${"x\n".repeat(200)}"\n`),
      Buffer.from([0x81]),
      Buffer.from("\n3\n"),
    ]);
    const records = await readFileWith("large.csv", content, { maxRowBytes: 100 });
    expect(records[0]).toMatchObject({ place: "line 2", reason: "row_too_large" });
    expect(records[1]).toMatchObject({ place: "line 203", reason: "bad_input" });
    expect(records[2]).toMatchObject({ number: 3, value: { id: "3" } });
  });

  it("may be Windows-1252, as Excel writes it, and says which rows are", async () => {
    const content = Buffer.from(
      "id;Gr\xf6\xdfe\n1;8 \x80 f\xfcr h\xf6fliche \x96 \n2;plain\n",
      "latin1",
    );
    const records = await readFileWith("excel.csv", content);
    expect(records).toMatchObject([
      { value: { id: "1", Größe: "8 € für höfliche – " }, isWindows1252: true },
      { value: { id: "2", Größe: "plain" } },
    ]);
    expect(records[1]).not.toHaveProperty("isWindows1252");
  });

  it("in UTF-8 with a damaged character is not taken for Windows-1252 in that row", async () => {
    const content = Buffer.concat([
      Buffer.from("prompt\nfür\nschön "),
      Buffer.from([0xc3]),
      Buffer.from("\nüber\n"),
    ]);
    const records = await readFileWith("damaged.csv", content);
    expect(records).toMatchObject([
      { value: { prompt: "für" } },
      { place: "line 3", problem: expect.stringContaining("UTF-8 with bytes that are none") },
      { value: { prompt: "über" } },
    ]);
  });

  it("with a header alone, or nothing, has no rows", async () => {
    expect(await readFileWith("header.csv", "id,prompt\n")).toEqual([]);
    expect(await readFileWith("empty.csv", "")).toEqual([]);
  });

  it.each([
    ["id|prompt\n1|x\n", "Separate the columns by commas, semicolons or tabs"],
    ["id,prompt,id\n1,x,2\n", "twice"],
  ])("with a header that can't be right is refused", async (content, words) => {
    await expect(readFileWith("header.csv", content)).rejects.toMatchObject({
      code: "bad_input",
      message: expect.stringContaining(words),
    });
  });

  it.each([
    ["semicolons.csv", ";"],
    ["tabs.csv", "\t"],
    ["tabs.tsv", "\t"],
  ])("is separated as its header is (%s)", async (name, sign) => {
    const lines = [
      ["id", "prompt", "a.text"],
      ["1", '"x, y"', `"say ""a${sign}b"""`],
      ["2", "1,5", "z"],
    ];
    const content = lines.map((cells) => cells.join(sign)).join("\r\n");
    expect(values(await readFileWith(name, content))).toEqual([
      { id: "1", prompt: "x, y", a: { text: `say "a${sign}b"` } },
      { id: "2", prompt: "1,5", a: { text: "z" } },
    ]);
  });

  it("keeps to commas where a quoted name holds other signs", async () => {
    const content = 'id,"a;b;c;d"\n1,"x;\ny"\n';
    expect(values(await readFileWith("names.csv", content))).toEqual([
      { id: "1", "a;b;c;d": "x;\ny" },
    ]);
  });

  it("with columns that contradict each other has bad rows", async () => {
    const records = await readFileWith("contradiction.csv", "a,a.text\nplain,x\n");
    expect(records[0]).toHaveProperty("problem", expect.stringContaining("column a.text"));
  });
});

describe("a Parquet file", () => {
  const column = (name: string, data: unknown[], type?: ColumnSource["type"]): ColumnSource =>
    type === undefined ? { name, data } : { name, data, type };

  it("gives a record a row over all row groups", async () => {
    const columnData = [column("id", ["a", "b", "c"]), column("prompt", ["x", "👩‍👩‍👧", "\ufeffz"])];
    const buffer = parquetWriteBuffer({ columnData, rowGroupSize: 2 });
    expect(await readFileWith("groups.parquet", new Uint8Array(buffer))).toEqual([
      { number: 1, place: "row 1", value: { id: "a", prompt: "x" } },
      { number: 2, place: "row 2", value: { id: "b", prompt: "👩‍👩‍👧" } },
      { number: 3, place: "row 3", value: { id: "c", prompt: "\ufeffz" } },
    ]);
  });

  it("becomes what JSON can hold: exact integers, ISO dates, null for NaN", async () => {
    const columnData = [
      column("id", [7n, 9007199254740993n], "INT64"),
      column("when", [new Date(0), null], "TIMESTAMP"),
      column("score", [Number.NaN, 1.5], "DOUBLE"),
      column("json", [{ a: [1] }, null], "JSON"),
    ];
    const buffer = parquetWriteBuffer({ columnData });
    expect(values(await readFileWith("types.parquet", new Uint8Array(buffer)))).toEqual([
      { id: 7, when: "1970-01-01T00:00:00.000Z", score: null, json: { a: [1] } },
      { id: "9007199254740993", when: null, score: 1.5, json: null },
    ]);
  });

  it("may hold lists of structs", async () => {
    const messages = [{ role: "user", content: "Hi" }];
    const schema: SchemaElement[] = [
      { name: "root", num_children: 1 },
      { name: "messages", repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", repetition_type: "OPTIONAL", num_children: 2 },
      { name: "role", repetition_type: "OPTIONAL", type: "BYTE_ARRAY", converted_type: "UTF8" },
      { name: "content", repetition_type: "OPTIONAL", type: "BYTE_ARRAY", converted_type: "UTF8" },
    ];
    const columnData = [column("messages", [messages, [], null])];
    const buffer = parquetWriteBuffer({ columnData, schema });
    expect(values(await readFileWith("nested.parquet", new Uint8Array(buffer)))).toEqual([
      { messages },
      { messages: [] },
      { messages: null },
    ]);
  });

  it("lets a row whose text is no UTF-8, and an oversized one, fail alone", async () => {
    const text: SchemaElement = { name: "prompt", type: "BYTE_ARRAY", converted_type: "UTF8" };
    const schema = [{ name: "root", num_children: 1 }, text];
    const data = [Buffer.from([0xff, 0xfe]), Buffer.from("good"), Buffer.from("x".repeat(1000))];
    const buffer = parquetWriteBuffer({ columnData: [{ name: "prompt", data }], schema });
    const records = await readFileWith("cells.parquet", new Uint8Array(buffer), {
      maxRowBytes: 100,
    });
    expect(records[0]).toMatchObject({
      reason: "bad_input",
      problem: expect.stringContaining("UTF-8"),
    });
    expect(records[1]).toHaveProperty("value", { prompt: "good" });
    expect(records[2]).toMatchObject({ reason: "row_too_large" });
  });

  it.each(["GZIP", "BROTLI"] as const)("may be packed with %s", async (codec) => {
    const pack = codec === "GZIP" ? gzipSync : brotliCompressSync;
    const buffer = parquetWriteBuffer({
      columnData: [column("id", ["a", "b"])],
      codec,
      compressors: { [codec]: (bytes: Uint8Array) => new Uint8Array(pack(bytes)) },
    });
    const records = await readFileWith(`${codec}.parquet`, new Uint8Array(buffer));
    expect(values(records)).toEqual([{ id: "a" }, { id: "b" }]);
  });

  it("packed with what Node can't undo is refused, with a way out", async () => {
    const buffer = parquetWriteBuffer({
      columnData: [column("id", ["a"])],
      codec: "LZ4_RAW",
      compressors: { LZ4_RAW: (bytes: Uint8Array) => bytes },
    });
    await expect(readFileWith("lz4.parquet", new Uint8Array(buffer))).rejects.toMatchObject({
      code: "bad_input",
      message: expect.stringContaining("found LZ4_RAW. Write the file again with snappy"),
    });
  });

  it("that was cut is refused; one of no bytes has no rows", async () => {
    const whole = new Uint8Array(parquetWriteBuffer({ columnData: [column("id", ["a"])] }));
    await expect(readFileWith("cut.parquet", whole.subarray(0, -20))).rejects.toMatchObject({
      code: "bad_input",
    });
    expect(await readFileWith("nothing.parquet", "")).toEqual([]);
  });

  it("is bad input where a byte of it is damaged, if it can't be read", async () => {
    const whole = parquetWriteBuffer({ columnData: [column("prompt", ["a", "b"])] });
    for (let index = 0; index < whole.byteLength; index += 1) {
      const damaged = new Uint8Array(whole.slice(0));
      // In the number of columns, for one, this is a column that the file does not describe.
      damaged[index] = (damaged[index] ?? 0) ^ 8;
      const code = await readFileWith("damaged.parquet", damaged).then(
        () => "bad_input",
        (error: { readonly code?: unknown }) => error.code,
      );
      expect([index, code]).toEqual([index, "bad_input"]);
    }
  });
});

describe("a file as a whole", () => {
  it("is refused with its path where it can't be read", async () => {
    await mkdir(join(directory, "folder.jsonl"));
    const cases = [
      ["missing.jsonl", "no such file"],
      ["folder.jsonl", "found a directory"],
    ] as const;
    for (const [name, words] of cases) {
      const path = join(directory, name);
      await expect(collect(path)).rejects.toMatchObject({
        code: "bad_input",
        message: expect.stringMatching(new RegExp(`${name}: .*${words}`)),
        facts: { file: path },
      });
    }
  });

  it("is refused where its ending is unknown, with the endings that are known", async () => {
    for (const name of ["prompts.doc", "prompts", "rows.parquet.gz", "rows.xlsx"]) {
      await expect(readFileWith(name, "{}")).rejects.toMatchObject({
        code: "bad_input",
        message: expect.stringContaining(".jsonl, .ndjson, .json, .csv"),
      });
    }
  });

  it.each(["utf16le", "utf16be"] as const)(
    "is read where it is UTF-16 with a byte order mark, and refused without (%s)",
    async (encoding) => {
      const text = '\ufeff{"id":1,"prompt":"grüße 👩‍👧"}\n';
      const bytes = Buffer.from(text, "utf16le");
      if (encoding === "utf16be") bytes.swap16();
      const record = { number: 1, place: "line 1", value: { id: 1, prompt: "grüße 👩‍👧" } };
      expect(await readFileWith("wide.jsonl", bytes)).toEqual([record]);
      for (const name of ["wide.jsonl", "wide.json", "wide.csv"]) {
        await expect(readFileWith(name, bytes.subarray(2))).rejects.toMatchObject({
          code: "bad_input",
          message: expect.stringContaining("UTF-16"),
        });
      }
      await expect(readFileWith("odd.jsonl", bytes.subarray(0, -1))).rejects.toMatchObject({
        code: "bad_input",
        message: expect.stringContaining("UTF-16"),
      });
    },
  );

  it("is refused where it is UTF-32", async () => {
    const bytes = Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x7b]);
    await expect(readFileWith("wide32.jsonl", bytes)).rejects.toMatchObject({ code: "bad_input" });
  });

  it("is refused where its ending and its content disagree", async () => {
    const cases: [string, string | Uint8Array, string][] = [
      ["garbage.jsonl.gz", '{"id":1}\n', "expected gzip"],
      ["packed.jsonl", gzipSync('{"id":1}\n'), "Add .gz"],
      ["table.jsonl", "PAR1....", "Parquet"],
      ["table.parquet", '{"id":1}\n', "expected a Parquet file"],
    ];
    for (const [name, content, words] of cases) {
      await expect(readFileWith(name, content)).rejects.toMatchObject({
        code: "bad_input",
        message: expect.stringContaining(words),
      });
    }
  });

  it("is refused where its gzip was cut, after the rows before the cut", async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `{"id":${index * 7919}}`).join("\n");
    const packed = gzipSync(rows);
    await writeFile(join(directory, "cut.jsonl.gz"), packed.subarray(0, packed.length / 2));
    let read = 0;
    const reading = (async () => {
      for await (const record of readRecords(join(directory, "cut.jsonl.gz"))) read = record.number;
    })();
    await expect(reading).rejects.toMatchObject({ code: "bad_input" });
    expect(read).toBeGreaterThan(100);
  });
});

describe("keys that name prototypes", () => {
  it("are data, and pollute nothing", async () => {
    const line =
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"id":"x"}';
    const [record] = await readFileWith("proto.jsonl", `${line}\n`);
    const value = record !== undefined && "value" in record ? (record.value as object) : {};
    expect(JSON.stringify(value)).toBe(line);
    expect({ ...value }).not.toHaveProperty("isAdmin");
    expect({}).not.toHaveProperty("isAdmin");
    expect(Object.getPrototypeOf(value)).toBeNull();
  });

  it("are data also as columns of CSV and Parquet", async () => {
    const content = "__proto__.isAdmin,constructor.prototype.isAdmin\nyes,yes\n";
    const [record] = await readFileWith("proto.csv", content);
    expect(JSON.stringify(record)).toContain('"__proto__":{"isAdmin":"yes"}');
    const columnData = [
      { name: "__proto__", data: ["x"] },
      { name: "id", data: ["y"] },
    ];
    await readFileWith("proto.parquet", new Uint8Array(parquetWriteBuffer({ columnData })));
    expect({}).not.toHaveProperty("isAdmin");
  });
});

describe("a text file", () => {
  it("holds a prompt a line", async () => {
    expect(values(await readFileWith("prompts.txt", '\uFEFFOne?\r\n\n  Two, "2"?\n'))).toEqual([
      { prompt: "One?" },
      { prompt: 'Two, "2"?' },
    ]);
  });
});
