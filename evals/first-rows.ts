/** The first rows of a stream, at most as many as `limit`. */
export async function firstRows<Row>(rows: AsyncIterable<Row>, limit: number): Promise<Row[]> {
  const first: Row[] = [];
  for await (const row of rows) {
    if (first.length >= limit) break;
    first.push(row);
  }
  return first;
}
