-- Health of a HarborRegistry, from the conditions that the operator sets (docs/gitops.md). Plain Lua 5.1 without
-- libraries: Argo CD gives a script the basic functions only.
local function condition(name)
  for _, one in ipairs(obj.status.conditions or {}) do
    if one.type == name then return one end
  end
  return nil
end

local function told(status, one)
  return { status = status, message = one.reason .. ": " .. one.message }
end

-- What was asked for counts at once, whether or not the operator is there to see it.
if obj.spec ~= nil and obj.spec.suspend == true then
  return { status = "Suspended", message = "spec.suspend is true: nothing is changed, what is there stays" }
end

-- A status of an older generation says nothing of what was applied last.
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "waiting for harbor-pull-operator to see this generation" }
end

local stalled = condition("Stalled")
if stalled ~= nil and stalled.status == "True" then return told("Degraded", stalled) end

local ready = condition("Ready")
if ready == nil then return { status = "Progressing", message = "waiting for the condition Ready" } end
if ready.status == "True" then return told("Healthy", ready) end
return told("Progressing", ready)
