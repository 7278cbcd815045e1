import { describe, expect, it } from "vitest";
import { fittingTable, textTable } from "./text-table.ts";

describe("textTable", () => {
  it("makes columns as wide as their widest cell, numbers to the right", () => {
    expect(
      textTable(
        ["name", "n", "share"],
        [
          ["one", "5", "–"],
          ["a longer one", "12", "0.50"],
        ],
      ),
    ).toBe(
      [
        "name           n  share",
        "────────────  ──  ─────",
        "one            5      –",
        "a longer one  12   0.50",
      ].join("\n"),
    );
  });

  it("shows a head alone, and cells that are missing as empty ones", () => {
    expect(textTable(["a", "b"], [])).toBe("a  b\n─  ─");
    expect(textTable(["a", "b"], [["x"]])).toBe("a  b\n─  ─\nx");
  });
});

describe("fittingTable", () => {
  const head = ["name", "first", "second", "third"];
  const rows = [
    ["one", "1", "20", "300"],
    ["another", "2", "30", "400"],
  ];

  it("is one table where it fits", () => {
    expect(fittingTable(head, rows, { columns: 29 })).toBe(textTable(head, rows));
  });

  it("puts the columns that don't fit below, beside the names again", () => {
    expect(fittingTable(head, rows, { columns: 28 })).toBe(
      [
        textTable(
          ["name", "first", "second"],
          rows.map((row) => row.slice(0, 3)),
        ),
        textTable(
          ["name", "third"],
          rows.map(([name = "", , , third = ""]) => [name, third]),
        ),
      ].join("\n\n"),
    );
  });

  it("keeps a column beside each name, however wide", () => {
    const table = fittingTable(["name", "n", "m"], [["x".repeat(100), "1", "2"]]);
    expect(table.split("\n\n").map((part) => part.split("\n")[2])).toEqual([
      `${"x".repeat(100)}  1`,
      `${"x".repeat(100)}  2`,
    ]);
  });
});
