#!/usr/bin/env bash
# What an inspector sends that was told what to leave out, in Node: `createSkyInspector` with `sanitizeContext`, `sanitizeEvent` and
# `filter`, beside `createInspector` with the same.
# Guess: what a sanitizer takes out of an event or a context is in no message, and what `filter` refuses is not sent, whichever
# inspector of the package sends it: all of them take the same options.
# What happens: of the Sky inspector they are read in a browser alone. In Node it hands them on in the place of the adapter, and
# nobody asks them: every name and birth date goes to the host of Sky as it is. Nothing says so.
# Nothing leaves this machine here: in the place of the socket stands one that keeps what it is given.
# Known? Not found; the options came with https://github.com/statelyai/inspect/pull/32.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @statelyai/inspect@0.7.2 xstate@5.33.3 >/dev/null
echo '{ "name": "partysocket", "type": "module", "main": "kept.js" }' >node_modules/partysocket/package.json
cat >node_modules/partysocket/kept.js <<'JS'
export const kept = []
export default class {
  constructor({ host }) {
    console.log(`  (to ${host})`)
  }
  send(text) {
    kept.push(text)
  }
}
JS
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { createInspector, createSkyInspector } from '@statelyai/inspect'
import { kept } from 'partysocket'
import { assign, createActor, createMachine } from 'xstate'

for (const name of ['@statelyai/inspect', 'xstate']) {
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
}
const machine = createMachine({
  id: 'user',
  context: {},
  initial: 'none',
  states: {
    none: { on: { requested: { target: 'pending', actions: assign({ lastname: ({ event }) => event.lastname }) } } },
    pending: {},
  },
})
const withoutName = ({ lastname, ...left }) => left
const options = {
  sanitizeContext: withoutName,
  sanitizeEvent: withoutName,
  filter: ({ type }) => type !== '@xstate.actor',
}
const told = async (what, inspector) => {
  kept.length = 0
  const actor = createActor(machine, { inspect: inspector.inspect }).start()
  actor.send({ type: 'requested', lastname: 'Quetzalfeather' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  const named = kept.filter((text) => text.includes('Quetzalfeather')).length
  const actors = kept.filter((text) => text.includes('"@xstate.actor"')).length
  console.log(`${what}: ${kept.length} messages, ${named} with the name, ${actors} that the filter refuses`)
  return { named, actors }
}
const plain = await told('createInspector', createInspector({ send: (event) => kept.push(JSON.stringify(event)) }, options))
const sky = await told('createSkyInspector', createSkyInspector(options))
process.exit(plain.named + plain.actors === 0 && sky.named > 0 && sky.actors > 0 ? 0 : 1)
JS
node run.mjs
