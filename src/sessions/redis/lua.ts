/**
 * The functions that the scripts share, in Lua. A script gets the prefix as `ARGV[1]`, the milliseconds of `ORPHAN` as `ARGV[2]`, and declares no keys: which
 * ones it takes follows from what it reads. It checks before it writes, and writes nothing that is there already: a write of the
 * same value would break a transaction that watches the key.
 *
 * `<prefix>{<session>}`      hash: all numbers but those below
 * `<prefix>{<session>}:in`   hash: handled, claimant: what a transaction watches
 * `<prefix>{<session>}:log`  list: the messages of `out` after `acked`
 * `<prefix>sessions`         sorted set: session, when it lapses; +inf while it is attached
 * `<prefix>identity:<name>`  the same of one identity
 * `<prefix>opened`           hash: "<instance> <identity>", its session
 * `<prefix>leases`           sorted set: process, end of its lease
 * `<prefix>owned:<process>`  sorted set: its attached sessions, and for how long each is kept
 * `<prefix>claims:<process>` set: the sessions of which it has claimed messages
 * `<prefix>moved:<process>`  list: "<session> <epoch>" of those that it lost
 * `<prefix>told`             hash: process, the number of the first in that list
 */
const reading = `
local P, ORPHAN = ARGV[1], tonumber(ARGV[2])
local call = redis.call
local function keyOf(id) return P .. '{' .. id .. '}' end
local function text(n) return string.format('%.0f', n) end
local function now()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function read(id)
  local key = keyOf(id)
  local v = call('HMGET', key, 'epoch', 'owner', 'identity', 'instance', 'attempt', 'keepFor', 'kept',
    'detachedAt', 'sent', 'acked', 'claimed', 'doubtful')
  if not v[1] then return nil end
  local i = call('HMGET', key .. ':in', 'handled', 'claimant')
  return {
    id = id, key = key, epoch = tonumber(v[1]), owner = v[2], identity = v[3], instance = v[4],
    attempt = tonumber(v[5]), keepFor = tonumber(v[6]), kept = v[7] == '1', detachedAt = tonumber(v[8] or ''),
    sent = tonumber(v[9]), acked = tonumber(v[10]), claimed = tonumber(v[11]), doubtful = tonumber(v[12]),
    handled = tonumber(i[1] or '0'), claimant = i[2] or nil,
  }
end
`;

const ending = `
local function unlist(s)
  local field = s.instance .. ' ' .. s.identity
  if call('HGET', P .. 'opened', field) == s.id then call('HDEL', P .. 'opened', field) end
end
local function forget(s)
  call('DEL', s.key, s.key .. ':in', s.key .. ':log')
  call('ZREM', P .. 'sessions', s.id)
  if s.identity ~= '' then call('ZREM', P .. 'identity:' .. s.identity, s.id) end
  unlist(s)
  call('ZREM', P .. 'owned:' .. s.owner, s.id)
  if s.claimant then call('SREM', P .. 'claims:' .. s.claimant, s.id) end
end
local function rank(s, score)
  call('ZADD', P .. 'sessions', score, s.id)
  if s.identity ~= '' then call('ZADD', P .. 'identity:' .. s.identity, score, s.id) end
end
local function detach(s, t)
  if not s.kept then return forget(s) end
  if s.detachedAt then return end
  call('HSET', s.key, 'detachedAt', text(t))
  rank(s, text(t + s.keepFor))
  call('ZREM', P .. 'owned:' .. s.owner, s.id)
end
local function keep(s)
  if s.kept then return end
  s.kept = true
  call('HSET', s.key, 'kept', 1)
  if not s.detachedAt then call('ZADD', P .. 'owned:' .. s.owner, text(s.keepFor), s.id) end
end
local function giveBack(s)
  call('HSET', s.key, 'claimed', s.handled)
  call('HDEL', s.key .. ':in', 'claimant')
  call('SREM', P .. 'claims:' .. s.claimant, s.id)
  s.claimed, s.claimant = s.handled, nil
end
`;

/** A session of a process that died is detached when `ORPHAN` has passed since the end of its lease, and again attached if it lives after all. */
const lapsing = `
local function living(id, t)
  local s = read(id)
  if not s then return nil end
  local from = s.detachedAt
  if not from then
    local lease = call('ZSCORE', P .. 'leases', s.owner)
    if not lease then return s end
    from = tonumber(lease) + ORPHAN
  end
  if t <= from + (s.kept and s.keepFor or 0) then return s end
  forget(s)
end
local function forgetLapsed(key, t)
  local due = call('ZRANGEBYSCORE', key, '-inf', '(' .. text(t), 'LIMIT', 0, 100)
  for _, id in ipairs(due) do
    if not living(id, t) then call('ZREM', key, id) end
  end
end
`;

/** Twenty dead processes at a time, others half a second later. */
const burying = `
local function bury(process, lease, t)
  local owned = P .. 'owned:' .. process
  local due = call('ZRANGEBYSCORE', owned, '-inf', '(' .. text(t - lease - ORPHAN), 'LIMIT', 0, 100)
  for _, id in ipairs(due) do
    if not living(id, t) then call('ZREM', owned, id) end
  end
  if t - lease < 3600000 or call('ZCARD', owned) > 0 or call('SCARD', P .. 'claims:' .. process) > 0 then return end
  call('ZREM', P .. 'leases', process)
  call('DEL', P .. 'moved:' .. process)
  call('HDEL', P .. 'told', process)
end
local function reap(t)
  forgetLapsed(P .. 'sessions', t)
  local dead = '(' .. text(t - ORPHAN)
  local pages = math.ceil(call('ZCOUNT', P .. 'leases', '-inf', dead) / 20)
  if pages == 0 then return end
  local page = math.floor(t / 500) % pages
  local some = call('ZRANGEBYSCORE', P .. 'leases', '-inf', dead, 'WITHSCORES', 'LIMIT', page * 20, 20)
  for i = 1, #some, 2 do bury(some[i], tonumber(some[i + 1]), t) end
end
`;

const granting = `
local function refused(reason) return { 'refused', reason } end
local function granted(s, have, existed)
  local reply = { 'granted', s.id, s.epoch, existed, s.keepFor, s.sent, s.acked, s.handled, s.doubtful }
  local from = math.max(0, have - s.acked)
  if from >= s.sent - s.acked then return reply end
  for _, frame in ipairs(call('LRANGE', s.key .. ':log', text(from), -1)) do reply[#reply + 1] = frame end
  return reply
end
local function whole(s)
  if s and call('LLEN', s.key .. ':log') == s.sent - s.acked then return s end
  if s then forget(s) end
end
-- A call that arrives after its process has left makes that a dead one, whose sessions lapse.
local function own(s, process, t)
  call('ZADD', P .. 'leases', 'NX', text(t), process)
  call('ZADD', P .. 'owned:' .. process, s.kept and s.keepFor or 0, s.id)
end
local function move(s, t, process, instance, attempt)
  if s.owner ~= process and call('ZSCORE', P .. 'leases', s.owner) then
    call('RPUSH', P .. 'moved:' .. s.owner, s.id .. ' ' .. text(s.epoch + 1))
  end
  unlist(s)
  call('HSET', P .. 'opened', instance .. ' ' .. s.identity, s.id)
  call('ZREM', P .. 'owned:' .. s.owner, s.id)
  own(s, process, t)
  s.owner, s.instance, s.attempt, s.epoch = process, instance, attempt, s.epoch + 1
  call('HSET', s.key, 'owner', process, 'instance', instance, 'attempt', text(attempt), 'epoch', text(s.epoch))
  call('HDEL', s.key, 'detachedAt')
  rank(s, '+inf')
end
local function heldElsewhere(s, process, t)
  if not s.claimant or s.claimant == process or s.claimed <= s.handled then return false end
  local lease = call('ZSCORE', P .. 'leases', s.claimant)
  if lease and tonumber(lease) > t then return true end
  s.doubtful = math.max(s.doubtful, s.claimed)
  call('HSET', s.key, 'doubtful', text(s.doubtful))
  giveBack(s)
  return false
end
local function taken(s, t, have, process, instance, attempt)
  local same = s.instance == instance
  local repeated = same and s.attempt == attempt and s.owner == process
  if same and attempt <= s.attempt and not repeated then return refused('replaced') end
  if not repeated then move(s, t, process, instance, attempt) end
  if heldElsewhere(s, process, t) then return { 'waiting', s.id, s.epoch } end
  return granted(s, have, repeated and s.epoch == 1 and 0 or 1)
end
`;

/** Reads the session of a place, `ARGV[3]` to `ARGV[5]`, for a write of its holder. Returns early where it may not write. */
const placing = `
local id, process = ARGV[3], ARGV[5]
local s = read(id)
if not s then return 'gone' end
local here = s.epoch == tonumber(ARGV[4]) and s.owner == process
`;
const writing = `
if s.detachedAt and now() > s.detachedAt + s.keepFor then
  forget(s)
  return 'gone'
end
if not here then return 'moved' end
`;

export const grant = reading + ending + lapsing + burying + granting;
export const processes = reading + ending + lapsing + burying;
/** For what a process may do within its claim, also after another epoch began. */
export const claimed = reading + ending + placing;
export const placed = claimed + writing;
/** For an end by the process that holds claims, also after another epoch began. */
export const ended = `${claimed}
here = here or s.claimant == process and s.claimed > s.handled
${writing}`;
