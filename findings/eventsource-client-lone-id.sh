#!/usr/bin/env bash
# Server-sent events: an id that comes alone, without data, as servers send it to say "nothing for you, but you are here by now".
# Guess: after a break the client asks from there on. The id counts even where there is no data to tell (HTML, 9.2.6: dispatching an event sets
# the last event id first, and returns then if the data buffer is empty), and so it is with `eventsource`, of the same author.
# What happens: eventsource-client asks with the id of the last event that had data: whatever lies between is sent again, or
# is not there any more.
# Known? Nothing was found among the issues of rexxars/eventsource-client.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error eventsource-client@1.2.0 eventsource@5.1.5 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { EventSource } from 'eventsource'
import { createEventSource } from 'eventsource-client'

for (const name of ['eventsource-client', 'eventsource'])
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
const STREAM = 'retry: 20\n\nid: 1\ndata: pending\n\nid: 2\n\n'
/** With which id a client comes again after the first answer has ended. */
const comesAgainWith = (start) =>
  new Promise((resolve) => {
    let asked = 0
    let close
    const server = createServer((req, res) => {
      asked += 1
      if (asked === 1) return void res.writeHead(200, { 'content-type': 'text/event-stream' }).end(STREAM)
      res.writeHead(204).end()
      close()
      server.close()
      resolve(req.headers['last-event-id'])
    }).listen(0, '127.0.0.1', () => {
      const source = start(`http://127.0.0.1:${server.address().port}/`)
      close = () => source.close()
    })
  })
const byClient = await comesAgainWith((url) => createEventSource({ url }))
const byOther = await comesAgainWith((url) => new EventSource(url))
console.log('the stream told id 1 with data, then id 2 alone')
console.log('eventsource-client comes again with', byClient)
console.log('eventsource        comes again with', byOther)
process.exit(byClient === '1' && byOther === '2' ? 0 : 1)
JS
