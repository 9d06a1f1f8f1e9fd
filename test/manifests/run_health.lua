-- Runs a health script of Argo CD: lua5.4 run_health.lua SCRIPT OBJECT, where OBJECT is a file with a Lua table. Prints the
-- status and, on the next line, the message. The script gets what Argo CD gives it, and nothing else.
local object = assert(loadfile(arg[2], "t", {}))()
getmetatable("").__index = nil  -- no string library by way of a method either
local given = { obj = object, ipairs = ipairs, pairs = pairs, next = next, type = type, tostring = tostring,
  tonumber = tonumber, select = select, error = error, assert = assert, pcall = pcall, table = table }
local health = assert(loadfile(arg[1], "t", given))()
print(health.status)
print(health.message)
