import { crc32 } from "node:zlib";
import type { CallJournalRecord } from "./call-journal-record.ts";
import type { RecordOffset } from "./journal-scan.ts";

/** Offset of an answer in a journal, and its call. */
export type IndexedAnswer = {
  readonly row: number;
  /** `idDigest` of the row's id. */
  readonly id: number;
  readonly agent: string;
  readonly part: string;
  /** Of a model that runs in the process, and answers by the address of a call. */
  readonly inProcess: boolean;
  readonly place: RecordOffset;
};

/**
 * Finds recorded answers by what was asked. Holds 44 to 88 bytes an answer, and no answer itself.
 */
export type AnswerIndex = {
  add(record: CallJournalRecord, place: RecordOffset): void;
  /**
   * The answers to requests of this hash that were asked as this turn; of several at one address
   * the latest.
   */
  find(requestHash: string, turn: number): IndexedAnswer[];
  /** Names of all agents that have an answer. */
  readonly agents: ReadonlySet<string>;
};

type Speaker = Pick<IndexedAnswer, "agent" | "part" | "inProcess">;

/**
 * What is held of an answer besides its offset: 32-bit words in one array, since objects would take
 * several times the memory.
 */
const words = 8;
const [hashHigh, hashLow, turnWord, rowWord, idWord, speakerWord, lengthWord, nextWord] = [
  0, 1, 2, 3, 4, 5, 6, 7,
] as const;
const none = 0xffff_ffff;

/**
 * A hash table, chained, over the first 64 bits of the request hashes: who takes an answer compares
 * the whole hash.
 */
export function createAnswerIndex(): AnswerIndex {
  let answers = new Uint32Array(1024 * words);
  let offsets = new Float64Array(1024);
  let heads = new Uint32Array(1024).fill(none);
  let size = 0;
  const speakers: Speaker[] = [];
  const codes = new Map<string, number>();
  const agents = new Set<string>();
  const word = (answer: number, which: number) => answers[answer * words + which] ?? 0;

  function codeOf(speaker: Speaker): number {
    const key = JSON.stringify([speaker.agent, speaker.part, speaker.inProcess]);
    let code = codes.get(key);
    if (code === undefined) {
      code = speakers.push(speaker) - 1;
      codes.set(key, code);
      agents.add(speaker.agent);
    }
    return code;
  }

  function chain(answer: number): void {
    const bucket = word(answer, hashLow) & (heads.length - 1);
    answers[answer * words + nextWord] = heads[bucket] ?? none;
    heads[bucket] = answer;
  }

  function grow(): void {
    const [more, further] = [
      new Uint32Array(answers.length * 2),
      new Float64Array(offsets.length * 2),
    ];
    more.set(answers);
    further.set(offsets);
    [answers, offsets] = [more, further];
    heads = new Uint32Array(offsets.length).fill(none);
    for (let answer = 0; answer < size; answer += 1) chain(answer);
  }

  function answerAt(answer: number): IndexedAnswer {
    const speaker = speakers[word(answer, speakerWord)];
    if (speaker === undefined) throw new Error(`answer ${answer} of the index has no speaker`);
    const place = { offset: offsets[answer] ?? 0, length: word(answer, lengthWord) };
    return { ...speaker, row: word(answer, rowWord), id: word(answer, idWord), place };
  }

  return {
    agents,
    add({ hash, turn, row, id, agent, part, answer }, { offset, length }) {
      if (size === offsets.length) grow();
      const code = codeOf({ agent, part, inProcess: answer?.kind === "in-process" });
      answers.set(
        [firstWord(hash), secondWord(hash), turn, row, idDigest(id), code, length],
        size * words,
      );
      offsets[size] = offset;
      chain(size);
      size += 1;
    },
    find(requestHash, turn) {
      const [high, low] = [firstWord(requestHash), secondWord(requestHash)];
      const found = new Map<string, IndexedAnswer>();
      let at = heads[low & (heads.length - 1)] ?? none;
      for (; at !== none; at = word(at, nextWord)) {
        const matches = word(at, hashLow) === low && word(at, hashHigh) === high;
        if (!matches || word(at, turnWord) !== turn) continue;
        // The chain leads from the latest to the first.
        const address = `${word(at, rowWord)} ${word(at, speakerWord)}`;
        if (!found.has(address)) found.set(address, answerAt(at));
      }
      return [...found.values()];
    },
  };
}

/** What an id is compared by. */
export function idDigest(id: string): number {
  return crc32(id);
}

function firstWord(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 16);
}

function secondWord(hash: string): number {
  return Number.parseInt(hash.slice(8, 16), 16);
}
