#!/usr/bin/env bash
# Who can read what the relay of an inspector is told: `createInspectorServer`, which README and types call local, and whose clients
# are given `ws://localhost:8080`.
# Guess: it can be reached from this machine alone, and a page of another origin is refused or told nothing.
# What happens: it listens on every address of the machine, and there is no option for it; it asks for no origin and no secret.
# Whoever connects is given the last 200 messages at once: a colleague on the same network, or any web page that is open in a
# browser on the machine, since a WebSocket may be opened to anywhere.
# Known? Not found.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @statelyai/inspect@0.7.2 xstate@5.33.3 >/dev/null
cat >run.mjs <<'JS'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { createWebSocketInspector } from '@statelyai/inspect'
import { createInspectorServer } from '@statelyai/inspect/server'
import { WebSocket } from 'ws'

console.log('@statelyai/inspect', JSON.parse(readFileSync('node_modules/@statelyai/inspect/package.json', 'utf8')).version)
// A port that is free, and the server that the relay makes for itself.
const free = http.createServer().listen(0, '127.0.0.1')
await once(free, 'listening')
const { port } = free.address()
await new Promise((resolve) => free.close(resolve))
let made
const { createServer } = http
http.createServer = (...given) => {
  made = createServer(...given)
  return made
}
const relay = createInspectorServer({ port, autoOpen: false })
await once(made, 'listening')
const { address } = made.address()
console.log(`it listens on ${address}`)

const inspector = createWebSocketInspector({ url: `ws://127.0.0.1:${port}` })
inspector.event('user 7', { type: 'requested', lastname: 'Quetzalfeather' })
// Whoever listens already hears it as well: then it has arrived.
const first = new WebSocket(`ws://127.0.0.1:${port}`)
await once(first, 'message')
const stranger = new WebSocket(`ws://127.0.0.1:${port}`, { origin: 'https://elsewhere.example' })
const [text] = await once(stranger, 'message')
const isTold = String(text).includes('Quetzalfeather')
console.log(`a page of https://elsewhere.example, which connects afterwards, is told the name: ${isTold}`)
for (const socket of [first, stranger]) socket.terminate()
relay.stop()
process.exit((address === '::' || address === '0.0.0.0') && isTold ? 0 : 1)
JS
node run.mjs
