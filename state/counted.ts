/** A count with its noun, and thousands apart: `1 row`, `2 rows`, `1,200 rows`. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${Math.round(count).toLocaleString("en-US")} ${nounFor(count, one, more)}`;
}

/** The noun alone: `row` for one, `rows` for any other count. */
export function nounFor(count: number, one: string, more = `${one}s`): string {
  return Math.round(count) === 1 ? one : more;
}
