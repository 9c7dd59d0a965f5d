/** The scripts, one for each method of the store. Arguments begin at `ARGV[3]`; those with a place have the others from `ARGV[6]` on. */
import { claimed, ended, grant, placed, processes } from './lua.ts';
import { scriptOf } from './script.ts';

/** session identity instance attempt keepFor process total perIdentity */
export const open = scriptOf(
  'open',
  `${grant}
local id, identity, instance, attempt = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local process, total, perIdentity = ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])
local t = now()
local field, named = instance .. ' ' .. identity, P .. 'identity:' .. identity
local known = call('HGET', P .. 'opened', field)
local s = whole(known and living(known, t) or nil)
if s then return taken(s, t, 0, process, instance, attempt) end
local many = call('ZCARD', P .. 'sessions') >= total
if many then reap(t) end
if many and call('ZCARD', P .. 'sessions') >= total then return refused('unavailable') end
if identity ~= '' and call('ZCARD', named) >= perIdentity then
  forgetLapsed(named, t)
  if call('ZCARD', named) >= perIdentity then return refused('unavailable') end
end
if living(id, t) then return refused('replaced') end
s = { id = id, key = keyOf(id), identity = identity, epoch = 1, keepFor = tonumber(ARGV[7]), sent = 0, acked = 0,
  handled = 0, doubtful = 0 }
call('HSET', s.key, 'identity', identity, 'instance', instance, 'attempt', ARGV[6], 'epoch', 1, 'owner', process,
  'keepFor', ARGV[7], 'sent', 0, 'acked', 0, 'claimed', 0, 'doubtful', 0)
call('DEL', s.key .. ':in', s.key .. ':log')
call('HSET', P .. 'opened', field, id)
own(s, process, t)
rank(s, '+inf')
return granted(s, 0, 0)`,
);

/** session identity instance attempt epoch have process */
export const resume = scriptOf(
  'resume',
  `${grant}
local instance = ARGV[5]
local t = now()
local s = living(ARGV[3], t)
if not s then return refused('unknown-session') end
if s.identity ~= ARGV[4] then return refused('not-yours') end
if not whole(s) then return refused('unknown-session') end
if s.instance ~= instance and s.epoch ~= tonumber(ARGV[7]) then return refused('replaced') end
-- The dialling side names the session: it has had a welcome, also where the process died before it recorded an ack.
keep(s)
return taken(s, t, tonumber(ARGV[8]), ARGV[9], instance, tonumber(ARGV[6]))`,
);

/** place from frames… */
export const append = scriptOf(
  'append',
  `${placed}
local from = tonumber(ARGV[6])
if from > s.sent + 1 then return 'gap' end
local first, sent = 7 + s.sent + 1 - from, s.sent
for i = first, #ARGV do
  call('RPUSH', s.key .. ':log', ARGV[i])
  sent = sent + 1
end
if sent > s.sent then call('HSET', s.key, 'sent', text(sent)) end
return 'ok'`,
);

/** place handled */
export const acknowledge = scriptOf(
  'acknowledge',
  `${placed}
local handled = tonumber(ARGV[6])
if handled > s.sent then return 'gap' end
keep(s)
if handled > s.acked then
  call('LTRIM', s.key .. ':log', text(handled - s.acked), -1)
  call('HSET', s.key, 'acked', text(handled))
end
return 'ok'`,
);

/** place from to */
export const claim = scriptOf(
  'claim',
  `${placed}
local from, to = tonumber(ARGV[6]), tonumber(ARGV[7])
local last = s.claimant == process and s.claimed or s.handled
if from > last + 1 then return 'gap' end
if s.claimant ~= process then
  if s.claimant then call('SREM', P .. 'claims:' .. s.claimant, id) end
  call('SADD', P .. 'claims:' .. process, id)
  call('HSET', s.key .. ':in', 'claimant', process)
end
to = math.max(last, to)
if to ~= s.claimed then call('HSET', s.key, 'claimed', text(to)) end
return 'ok'`,
);

/** place handled */
export const record = scriptOf(
  'record',
  `${claimed}
local handled = tonumber(ARGV[6])
if handled > s.handled then
  if s.claimant ~= process or handled > s.claimed then return 'gap' end
  call('HSET', s.key .. ':in', 'handled', text(handled))
end
return here and 'ok' or 'moved'`,
);

/** place */
export const giveBack = scriptOf(
  'giveBack',
  `${claimed}
if s.claimant == process then giveBack(s) end
return here and 'ok' or 'moved'`,
);

/** place */
export const detach = scriptOf(
  'detach',
  `${placed}
detach(s, now())
return 'ok'`,
);

/** place */
export const lapse = scriptOf('lapse', `${placed}\nreturn 'ok'`);

/** place */
export const end = scriptOf('end', `${ended}\nforget(s)\nreturn 'ok'`);

/** process heard leaseMs. Tells at most a thousand, and the others to the next call. */
export const renew = scriptOf(
  'renew',
  `${processes}
local process, heard = ARGV[3], tonumber(ARGV[4])
local t, key = now(), P .. 'moved:' .. ARGV[3]
call('ZADD', P .. 'leases', text(t + tonumber(ARGV[5])), process)
local first = tonumber(call('HGET', P .. 'told', process) or '1')
local more = heard + 1 - first
if more > 0 then
  -- The store may have forgotten what was told: then all that it knows now is news.
  if more <= call('LLEN', key) then call('LTRIM', key, text(more), -1) end
  first = heard + 1
  call('HSET', P .. 'told', process, text(first))
end
local moved = call('LRANGE', key, 0, 999)
reap(t)
return { text(first + #moved - 1), unpack(moved) }`,
);

/** process. Five hundred sessions at a time; the answer is how many are left. */
export const leave = scriptOf(
  'leave',
  `${processes}
local process = ARGV[3]
local owned, claims, t = P .. 'owned:' .. process, P .. 'claims:' .. process, now()
for _, id in ipairs(call('SRANDMEMBER', claims, 500)) do
  local s = read(id)
  if s and s.claimant == process then giveBack(s) else call('SREM', claims, id) end
end
for _, id in ipairs(call('ZRANGE', owned, 0, 499)) do
  local s = read(id)
  if s and s.owner == process then detach(s, t) end
  call('ZREM', owned, id)
end
local left = call('SCARD', claims) + call('ZCARD', owned)
if left == 0 then
  call('ZREM', P .. 'leases', process)
  call('DEL', P .. 'moved:' .. process)
  call('HDEL', P .. 'told', process)
end
return left`,
);

/** place number: whether the message is the next one to be recorded, within the claim of the process */
export const held = scriptOf(
  'held',
  `${claimed}
local number = tonumber(ARGV[6])
return s.claimant == process and number <= s.claimed and s.handled == number - 1 and 'held' or 'lost'`,
);

/**
 * place number mark: what became of a transaction whose answer was lost. One that the server still has before it is made
 * to fail, by a write to what it watches.
 */
export const settle = scriptOf(
  'settle',
  `${claimed}
local key = s.key .. ':in'
if call('HGET', key, 'mark') == ARGV[7] then return 'applied' end
call('HINCRBY', key, 'fence', 1)
return 'void'`,
);
