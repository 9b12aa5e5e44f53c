#!/usr/bin/env bash
# What an inspector says of an actor when it begins, and how often it asks `serialize`: an actor that is sent two events at once.
# Guess: the message that announces the actor shows the state that it begins in, and `serialize` is asked once for each message.
# What happens: the announcement is made when the actor has nothing more to do, and shows the state that it is in by then; what
# comes after it leads there once more, from the beginning. `serialize` is asked twice for all that was said before the socket was open:
# what makes a hash of a name makes a hash of that hash, and a name has two of them.
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
import { createWebSocketInspector } from '@statelyai/inspect'
import { WebSocketServer } from 'ws'
import { createActor, createMachine } from 'xstate'

for (const name of ['@statelyai/inspect', 'xstate']) {
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
}
const machine = createMachine({
  id: 'review',
  initial: 'none',
  states: { none: { on: { requested: 'pending' } }, pending: { on: { accepted: 'validated' } }, validated: {} },
})
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
await once(server, 'listening')
const messages = []
server.on('connection', (socket) => socket.on('message', (text) => messages.push(JSON.parse(String(text)))))
const arrived = async (count) => {
  while (messages.length < count) await new Promise((resolve) => setTimeout(resolve, 10))
}
const asked = (message) => ({ ...message, asked: (message.asked ?? 0) + 1 })
const inspector = createWebSocketInspector({ url: `ws://127.0.0.1:${server.address().port}`, serialize: asked })
const actor = createActor(machine, { inspect: inspector.inspect }).start()
actor.send({ type: 'requested' })
actor.send({ type: 'accepted' })
await arrived(7)
inspector.event(actor, { type: 'after' })
await arrived(8)
for (const { type, event, snapshot, asked } of messages) {
  console.log(`  ${type} ${event?.type ?? ''} ${snapshot?.value ?? ''} (serialize was asked ${asked}x)`)
}
const snapshots = messages.filter(({ type }) => type === '@xstate.snapshot').map(({ snapshot }) => snapshot.value)
const asEver =
  messages[0].type === '@xstate.actor' &&
  messages[0].snapshot.value === 'validated' &&
  snapshots.join() === 'none,pending,validated' &&
  messages[0].asked === 2 &&
  messages.at(-1).asked === 1
process.exit(asEver ? 0 : 1)
JS
node run.mjs
