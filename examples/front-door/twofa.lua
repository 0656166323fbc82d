-- The front door's check for HAProxy: ask the sign-in whether a request may pass, and hand the
-- answer's identity to the application. haproxy.cfg says what to replace in CHECK, and reads
-- txn.twofa: "pass", "sign-in", "forbidden", or anything else where no answer came.

local CHECK = "http://127.0.0.1:8000/auth/forward/KEY"

-- HAProxy makes up to four tries of this length each, in milliseconds.
local TIMEOUT = 1500

-- What the application gets. All five are always set, so that none is left from the client.
local IDENTITY = { "remote-user", "remote-email", "remote-name", "remote-groups", "x-twofa-assertion" }

-- What the check needs to know of the client's own headers. The last two tell a browser's question
-- whether another website may call the application (CORS preflight).
local ASKED = {
  "cookie", "accept", "accept-language", "user-agent", "sec-fetch-mode", "sec-fetch-dest",
  "origin", "access-control-request-method",
}

local VERDICTS = { [200] = "pass", [302] = "sign-in", [303] = "sign-in", [401] = "sign-in", [403] = "forbidden" }

local function ask(txn)
  local given, headers = txn.http:req_get_headers(), {}
  for _, name in ipairs(ASKED) do
    if given[name] then
      headers[name] = {}
      for i = 0, #given[name] do        -- HAProxy counts these from 0
        headers[name][i + 1] = given[name][i]
      end
    end
  end
  local host = txn.sf:req_fhdr("host")
  headers["host"] = { host }
  headers["x-forwarded-host"] = { host }
  headers["x-forwarded-for"] = { txn.sf:src() }
  headers["x-forwarded-proto"] = { "https" }
  headers["x-forwarded-method"] = { txn.sf:method() }
  headers["x-forwarded-uri"] = { txn.sf:pathq() }
  local url = CHECK .. (txn:get_var("txn.twofa_policy") or "")
  return core.httpclient():get({ url = url, headers = headers, timeout = TIMEOUT })
end

core.register_action("twofa", { "http-req" }, function(txn)
  local answer = ask(txn)
  local verdict = answer and VERDICTS[answer.status] or "no answer"
  txn:set_var("txn.twofa", verdict)
  if verdict == "pass" then
    for _, name in ipairs(IDENTITY) do
      txn.http:req_set_header(name, answer.headers[name] and answer.headers[name][0] or "")
    end
  elseif verdict == "sign-in" and answer.headers["location"] then
    txn:set_var("txn.twofa_location", answer.headers["location"][0])
  end
end)
