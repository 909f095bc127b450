-- Takes a request's part from all of its counts, or from none of them.
--
-- KEYS     one for each count, all in one hash slot
-- ARGV     first, for how many milliseconds a count is kept after it stands as if never used; then six for each count:
--          what the window is charged, the most that it takes (0 for no window) and how long it lasts (0); the most that
--          the bucket holds (0 for no bucket), what a microsecond refills (1) and what the bucket is charged (0), in its own
--          unit
-- returns  1 if all of it was taken, else 0; then three for each count, as they are now: used of the window, microseconds
--          since the window began, held by the bucket
--
-- Of each count is stored, as four doubles: when its window began, what is used of that, when this was written, and what the
-- bucket held then.
--
-- Time is in microseconds, that of Redis. All numbers are whole and below 2^53, so that a double holds each exactly.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local stored = redis.call('MGET', unpack(KEYS))
local counts = {}
local admitted = 1

for i = 1, #KEYS do
    local a = 6 * i - 5
    local cost, most, window = tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
    local capacity, refill, need = tonumber(ARGV[a + 4]), tonumber(ARGV[a + 5]), tonumber(ARGV[a + 6])
    local began, used, at, held, moved = now, 0, now, capacity, false
    if stored[i] then
        began, used, at, held = struct.unpack('>dddd', stored[i])
        if at > now then
            -- The clock was set back: what is counted stays counted, and time goes on from here, which has to be noted.
            began, moved = math.min(began, now), true
        elseif now - at > (capacity - held) / refill then
            -- By itself, for the product below might be too large to be exact.
            held = capacity
        else
            held = math.min(capacity, held + (now - at) * refill)
        end
        if now - began >= window then
            began, used = now, 0
        end
    end
    if (most > 0 and used + cost > most) or need > held then
        admitted = 0
    end
    counts[i] = {began, used, held, moved, cost, window, capacity, refill, need}
end

local reply = {admitted}
for i = 1, #KEYS do
    local began, used, held, moved, cost, window, capacity, refill, need = unpack(counts[i])
    if admitted == 1 then
        if used == 0 then
            began = now
        end
        used = used + cost
        held = held - need
    end
    if admitted == 1 or moved then
        local whole = math.max(began + window - now, (capacity - held) / refill)
        redis.call('SET', KEYS[i], struct.pack('>dddd', began, used, now, held),
            'PX', string.format('%.0f', math.ceil(whole / 1000) + ARGV[1]))
    end
    reply[3 * i - 1] = used
    reply[3 * i] = now - began
    reply[3 * i + 1] = held
end
return reply
