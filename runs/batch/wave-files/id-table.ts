/** What became of a call in the outputs of a wave. */
export type Fate = "asked" | "answered" | "failed";

/** The line of an output that belongs to a call. */
export type Place = {
  readonly fate: Fate;
  readonly file: number;
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
};

/** Places of lines by the ids of their calls (`callId`), in 29 bytes each. */
export type IdTable = {
  readonly get: (id: string) => Place | undefined;
  readonly set: (id: string, place: Place) => void;
  readonly clear: () => void;
};

const fewestSlots = 1024;
const fates: readonly Fate[] = ["asked", "answered", "failed"];

type Columns = {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly offset: Float64Array;
  readonly length: Uint32Array;
  readonly file: Uint32Array;
  /** 0 for an empty slot, else one more than the place in `fates`. */
  readonly fate: Uint8Array;
};

function columnsOf(slots: number): Columns {
  return {
    high: new Uint32Array(slots),
    low: new Uint32Array(slots),
    offset: new Float64Array(slots),
    length: new Uint32Array(slots),
    file: new Uint32Array(slots),
    fate: new Uint8Array(slots),
  };
}

/**
 * A hash table with open addressing, which keeps the first 64 bits of each id: a million ids in a
 * wave collide once in 37 million waves, and who reads a line compares the whole id.
 */
export function createIdTable(): IdTable {
  let slots = fewestSlots;
  let columns = columnsOf(slots);
  let size = 0;

  function slotOf(high: number, low: number): number {
    let slot = low & (slots - 1);
    while (columns.fate[slot] !== 0 && !(columns.high[slot] === high && columns.low[slot] === low))
      slot = (slot + 1) & (slots - 1);
    return slot;
  }

  function put(high: number, low: number, { fate, offset, length, file }: Place): void {
    const slot = slotOf(high, low);
    if (columns.fate[slot] === 0) size += 1;
    columns.high[slot] = high;
    columns.low[slot] = low;
    columns.offset[slot] = offset;
    columns.length[slot] = length;
    columns.file[slot] = file;
    columns.fate[slot] = fates.indexOf(fate) + 1;
  }

  function placeIn(from: Columns, slot: number): Place {
    return {
      fate: fates[(from.fate[slot] ?? 1) - 1] ?? "asked",
      offset: from.offset[slot] ?? 0,
      length: from.length[slot] ?? 0,
      file: from.file[slot] ?? 0,
    };
  }

  function grow(): void {
    const before = columns;
    slots *= 2;
    columns = columnsOf(slots);
    size = 0;
    for (const [slot, fate] of before.fate.entries()) {
      if (fate === 0) continue;
      put(before.high[slot] ?? 0, before.low[slot] ?? 0, placeIn(before, slot));
    }
  }

  return {
    get(id) {
      const slot = slotOf(...bitsOf(id));
      return columns.fate[slot] === 0 ? undefined : placeIn(columns, slot);
    },
    set(id, place) {
      if (size * 2 >= slots) grow();
      put(...bitsOf(id), place);
    },
    clear() {
      slots = fewestSlots;
      columns = columnsOf(slots);
      size = 0;
    },
  };
}

function bitsOf(id: string): [high: number, low: number] {
  return [Number.parseInt(id.slice(0, 8), 16) >>> 0, Number.parseInt(id.slice(8, 16), 16) >>> 0];
}
