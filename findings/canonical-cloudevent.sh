#!/usr/bin/env bash
# RFC 8785 of a CloudEvent: json-canonicalize given an event of the CloudEvents SDK.
# Guess: one canonical text for one event, however it was made; that is what the scheme is for, and what is hashed or signed.
# What happens: the SDK's event has a toJSON method, and json-canonicalize gives what it says in the order in which it says it, all
# the way down. The same event made with its data the other way round has another "canonical" text and another hash, and so
# has the event after it has been sent and read. `canonicalize` 5.1.0 gives one text.
# Known? Not for json-canonicalize; the other package had it once: https://github.com/erdtman/canonicalize/issues/5.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error \
  cloudevents@10.0.0 json-canonicalize@3.0.1 canonicalize@5.1.0 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import canonicalize5 from 'canonicalize'
import { CloudEvent } from 'cloudevents'
import { canonicalize } from 'json-canonicalize'

for (const name of ['cloudevents', 'json-canonicalize', 'canonicalize'])
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
const made = (data) => new CloudEvent({ id: '1', source: '/kyc', type: 'review', time: '2026-02-20T10:26:47.000Z', data })
const events = [made({ level: 2, review: 1 }), made({ review: 1, level: 2 })]
const plain = events.map((event) => JSON.parse(JSON.stringify(event)))
const texts = {
  'json-canonicalize, the events': events.map((event) => canonicalize(event)),
  'json-canonicalize, plain objects': plain.map((event) => canonicalize(event)),
  'canonicalize, the events': events.map((event) => canonicalize5(event)),
}
for (const [what, [one, other]] of Object.entries(texts)) {
  console.log(`${what}: ${one === other ? 'one text' : 'two texts'}\n  ${one}\n  ${other}`)
}
const [ofEvents, ofPlain, byOther] = Object.values(texts)
const asEver = ofEvents[0] !== ofEvents[1] && ofPlain[0] === ofPlain[1] && byOther[0] === byOther[1] && byOther[0] === ofPlain[0]
process.exit(asEver ? 0 : 1)
JS
