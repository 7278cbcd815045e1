/**
 * Makes one after the other, so that the agents are in the topology's order whatever their
 * clients' loading takes.
 */
export async function inOrder<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
): Promise<Made[]> {
  const made: Made[] = [];
  for (const item of items) made.push(await make(item));
  return made;
}
