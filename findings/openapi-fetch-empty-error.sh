#!/usr/bin/env bash
# A generated client (openapi-fetch) and an answer 503 without a body, as what stands in front of a service gives it.
# Guess: `const { data, error } = await client.GET(…)`, and either one is there; "if (error)" is how its documentation tells them apart, and
# its types say that where error is undefined data is what the description says.
# What happens: with Content-Length 0 both are undefined; without it error is "", which is no error either. The code after "if (error)"
# goes on with data that is not there. A 503 with any text in it is an error. `response.ok` tells all of them.
# Known? https://github.com/openapi-ts/openapi-typescript/issues/2530 (open).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error openapi-fetch@0.17.0 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import createClient from 'openapi-fetch'

console.log('openapi-fetch', JSON.parse(readFileSync('node_modules/openapi-fetch/package.json', 'utf8')).version)
const answers = {
  '/empty': (res) => res.writeHead(503, { 'content-length': '0' }).end(),
  '/chunked': (res) => void res.writeHead(503, { 'transfer-encoding': 'chunked' }).end(),
  '/text': (res) => res.writeHead(503, { 'content-type': 'text/plain' }).end('no node answers'),
  '/there': (res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{"verified":true}'),
}
const server = createServer((req, res) => answers[req.url](res)).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const client = createClient({ baseUrl: `http://127.0.0.1:${server.address().port}` })
const seen = []
for (const path of Object.keys(answers)) {
  const { data, error, response } = await client.GET(path)
  console.log(path, response.status, 'data', data, 'error', error, error ? '-> an error' : '-> no error')
  seen.push(`${response.ok} ${data !== undefined} ${Boolean(error)}`)
}
server.close()
process.exit(seen.join() === ['false false false', 'false false false', 'false false true', 'true true false'].join() ? 0 : 1)
JS
