import type { Redis } from "ioredis";

/**
 * What has to happen in Redis at once, as Lua. Every script may be run again with the same token
 * and changes nothing then: a connection that breaks doesn't say whether its last command was
 * heard. Dollars are whole numbers of billionths.
 */
const scripts = {
  /**
   * Row hash, events, ended, shared answer · token, field of an answer or "", event, row, answer,
   * seconds for which identical calls share it (0: they don't).
   */
  fellowshipReport: {
    numberOfKeys: 4,
    lua: `
if redis.call("HSETNX", KEYS[1], "token:" .. ARGV[1], "1") == 0 then return 0 end
if tonumber(ARGV[6]) > 0 then
  redis.call("HSET", KEYS[4], "answer", ARGV[5])
  redis.call("EXPIRE", KEYS[4], ARGV[6])
end
if ARGV[2] ~= "" and redis.call("GETBIT", KEYS[3], ARGV[4]) == 0 then
  redis.call("HSET", KEYS[1], ARGV[2], ARGV[5])
end
redis.call("XADD", KEYS[2], "*", "event", ARGV[3])
return 1`,
  },
  /** Events, ended · row, event. Only the first end of a row counts. */
  fellowshipEnd: {
    numberOfKeys: 2,
    lua: `
if redis.call("SETBIT", KEYS[2], ARGV[1], 1) == 1 then return 0 end
redis.call("XADD", KEYS[1], "*", "event", ARGV[2])
return 1`,
  },
  /**
   * Row hash, ended, budget, reserved · row. Takes a row up: what a lost worker had set aside for
   * it may have been spent. 0 for a row that has ended.
   */
  fellowshipTake: {
    numberOfKeys: 4,
    lua: `
if redis.call("GETBIT", KEYS[2], ARGV[1]) == 1 then return 0 end
local set = redis.call("HGETALL", KEYS[4])
for i = 1, #set, 2 do
  redis.call("HINCRBY", KEYS[3], "reserved", "-" .. set[i + 1])
  redis.call("HINCRBY", KEYS[3], "unknown", set[i + 1])
end
redis.call("DEL", KEYS[4])
return 1`,
  },
  /**
   * Row hash · field of an answer, field of its claim, worker. Gives the answer, or the worker that
   * is about to have it; else this worker is.
   */
  fellowshipFind: {
    numberOfKeys: 1,
    lua: `
local answer = redis.call("HGET", KEYS[1], ARGV[1])
if answer then return {answer, false} end
local claim = redis.call("HGET", KEYS[1], ARGV[2])
if claim and claim ~= ARGV[3] then return {false, claim} end
redis.call("HSET", KEYS[1], ARGV[2], ARGV[3])
return {false, false}`,
  },
  /** Row hash · worker, fields of its claims. */
  fellowshipLeave: {
    numberOfKeys: 1,
    lua: `
for i = 2, #ARGV do
  if redis.call("HGET", KEYS[1], ARGV[i]) == ARGV[1] then redis.call("HDEL", KEYS[1], ARGV[i]) end
end
return 0`,
  },
  /** Budget, reserved · token, worst case. 1: set aside, if it costs; 0: not now; -1: never. */
  fellowshipAdmit: {
    numberOfKeys: 2,
    lua: `
if tonumber(ARGV[2]) <= 0 then return 1 end
if redis.call("HEXISTS", KEYS[2], ARGV[1]) == 1 then return 1 end
local sums = redis.call("HMGET", KEYS[1], "limit", "known", "unknown", "reserved")
local worst = tonumber(ARGV[2])
if sums[1] then
  local limit = tonumber(sums[1])
  local spent = tonumber(sums[2] or 0) + tonumber(sums[3] or 0)
  if spent + worst > limit then return -1 end
  if spent + tonumber(sums[4] or 0) + worst > limit then return 0 end
end
redis.call("HINCRBY", KEYS[1], "reserved", ARGV[2])
redis.call("HSET", KEYS[2], ARGV[1], ARGV[2])
return 1`,
  },
  /** Budget, reserved · token, cost or "unknown". */
  fellowshipSettle: {
    numberOfKeys: 2,
    lua: `
local worst = redis.call("HGET", KEYS[2], ARGV[1])
if not worst then return 0 end
redis.call("HDEL", KEYS[2], ARGV[1])
redis.call("HINCRBY", KEYS[1], "reserved", "-" .. worst)
if ARGV[2] == "unknown" then redis.call("HINCRBY", KEYS[1], "unknown", worst)
else redis.call("HINCRBY", KEYS[1], "known", ARGV[2]) end
return 1`,
  },
  /**
   * Limit · token, requests a minute, tokens a minute, side by side (0: not limited), tokens,
   * lease in milliseconds. Returns how long to wait, in milliseconds; 0 for now.
   */
  fellowshipPass: {
    numberOfKeys: 1,
    lua: `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slot = "slot:" .. ARGV[1]
if redis.call("HEXISTS", KEYS[1], slot) == 1 then return 0 end
local most = tonumber(ARGV[4])
if most > 0 then
  local open = 0
  local all = redis.call("HGETALL", KEYS[1])
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 5) == "slot:" then
      if tonumber(all[i + 1]) < now then redis.call("HDEL", KEYS[1], all[i]) else open = open + 1 end
    end
  end
  if open >= most then return 50 end
end
local late = 50
local function at(field) return tonumber(redis.call("HGET", KEYS[1], field) or 0) end
local wait = math.max(at("request") - late - now, at("token") - late - now)
if wait > 0 then return math.ceil(wait) end
local function pass(field, perMinute, count)
  if perMinute <= 0 then return end
  redis.call("HSET", KEYS[1], field, tostring(math.max(at(field), now - late) + 60000 * count / perMinute))
end
pass("request", tonumber(ARGV[2]), 1)
pass("token", tonumber(ARGV[3]), tonumber(ARGV[5]))
if most > 0 then redis.call("HSET", KEYS[1], slot, tostring(now + tonumber(ARGV[6]))) end
return 0`,
  },
} as const;

type ScriptName = keyof typeof scripts;

/** Runs the scripts on a connection. */
export type RunScript = (
  name: ScriptName,
  keys: readonly string[],
  values: readonly (string | number)[],
) => Promise<unknown>;

/** Makes the scripts known to a connection; each travels once. */
export function withScripts(redis: Redis): RunScript {
  for (const [name, script] of Object.entries(scripts)) redis.defineCommand(name, script);
  type Defined = (...words: readonly (string | number)[]) => Promise<unknown>;
  return (name, keys, values) => {
    const defined = redis as unknown as Readonly<Record<ScriptName, Defined>>;
    return defined[name](...keys, ...values);
  };
}
