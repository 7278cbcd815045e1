import { ReducedValue } from "@langchain/langgraph";
import * as z from "zod";

/**
 * A list in the state to which every node's update is added at the end; an item with the key of one
 * that is there takes its place. So a review can be edited in a thread's history, and a list that
 * comes back whole is not doubled.
 *
 * @param keyOf The key of an item, as plain values.
 */
export function keyedList<Item extends z.ZodType>(
  item: Item,
  keyOf: (item: z.output<Item>) => readonly (string | number | undefined)[],
) {
  return new ReducedValue(
    z.array(item).default(() => []),
    {
      inputSchema: z.array(item),
      reducer: (before, added) => {
        const merged = new Map(before.map((one) => [JSON.stringify(keyOf(one)), one]));
        for (const one of added) merged.set(JSON.stringify(keyOf(one)), one);
        return [...merged.values()];
      },
    },
  );
}
