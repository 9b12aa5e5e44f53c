#!/usr/bin/env bash
# Server-sent events whose connection ends within an event: what readers make of the part that came.
# Guess: nothing. The standard has it discarded when a stream ends before the empty line (HTML, 9.2.6), and whoever reads asks again behind
# the last whole event.
# What happens: parse-sse and sse.js give the part as an event, and an id that was cut is an id: sse.js asks with half of it, parse-sse gives it as
# `lastEventId`, to be asked with. Where the line of the id has only begun sse.js takes the empty id, and asks for all from the start; parse-sse also
# gives half of the data. eventsource discards it, and asks behind the event before.
# Known? Nothing was found among the issues of sindresorhus/parse-sse and mpetazzoni/sse.js.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error parse-sse@0.1.0 sse.js@2.8.0 eventsource@5.1.5 \
  xmlhttprequest-ssl@4.0.0 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { EventSource } from 'eventsource'
import { parseServerSentEvents } from 'parse-sse'
import { SSE } from 'sse.js'
import xhr from 'xmlhttprequest-ssl'

for (const name of ['parse-sse', 'sse.js', 'eventsource'])
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
globalThis.XMLHttpRequest = xhr.XMLHttpRequest
globalThis.CustomEvent ??= class extends Event {}
const stream = 'retry: 20\n\n: ping\n\ndata: {"status":"pending"}\nid: change-1111\n\ndata: {"status":"validated"}\nid: change-2222\n\n'
const cuts = ['data: {"status":"valid', '\nid: ', '\nid: change-22', '\nid: change-2222\n']

// Each way to read: gives each event as data and id, and asks again when the stream has ended.
const readers = {
  eventsource: (url, take) => {
    const source = new EventSource(url)
    source.onmessage = ({ data, lastEventId }) => take(data, lastEventId)
  },
  'sse.js': (url, take) => {
    const source = new SSE(url, { autoReconnect: true, reconnectDelay: 20, useLastEventId: true })
    source.addEventListener('message', ({ data, lastEventId }) => take(data, lastEventId))
  },
  'parse-sse': (url, take) => {
    const read = async (last) => {
      const headers = { accept: 'text/event-stream', ...(last && { 'last-event-id': last }) }
      let id = last
      for await (const { data, lastEventId } of parseServerSentEvents(await fetch(url, { headers }))) take(data, (id = lastEventId))
      return id
    }
    read('').then(read)
  },
}
// Ends the first answer where it is cut, leaves the second open, and gives what was read in between and with which id it was asked again.
const readCut = async (start, body) => {
  const taken = []
  let answers = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (request) => {
      answers += 1
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n')
      if (answers === 1) socket.end(body)
      else server.emit('again', /^last-event-id: *(.*)\r$/im.exec(request.toString())?.[1] ?? 'no id')
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const again = new Promise((resolve) => server.once('again', resolve))
  start(`http://127.0.0.1:${server.address().port}/`, (data, id) => taken.push(`${data} ${id || '-'}`))
  const asked = await again
  return `${taken.slice(1).join(', ') || 'nothing'}; asks with ${asked}`
}
const seen = []
for (const cut of cuts)
  for (const [name, start] of Object.entries(readers)) {
    const end = stream.indexOf(cut, stream.indexOf('change-1111') + 11) + cut.length
    seen.push(`${name}: ${await readCut(start, stream.slice(0, end))}`)
    console.log(`${JSON.stringify(stream.slice(0, end).slice(-14))} ${seen.at(-1)}`)
  }
const whole = '{"status":"validated"}'
const expected = [
  'eventsource: nothing; asks with change-1111',
  'sse.js: {"status":"valid change-1111; asks with change-1111',
  'parse-sse: {"status":"valid change-1111; asks with change-1111',
  'eventsource: nothing; asks with change-1111',
  `sse.js: ${whole} -; asks with no id`,
  `parse-sse: ${whole} -; asks with no id`,
  'eventsource: nothing; asks with change-1111',
  `sse.js: ${whole} change-22; asks with change-22`,
  `parse-sse: ${whole} change-22; asks with change-22`,
  'eventsource: nothing; asks with change-1111',
  `sse.js: ${whole} change-2222; asks with change-2222`,
  `parse-sse: ${whole} change-2222; asks with change-2222`,
]
process.exit(seen.join('\n') === expected.join('\n') ? 0 : 1)
JS
