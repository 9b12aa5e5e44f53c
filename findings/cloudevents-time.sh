#!/usr/bin/env bash
# The time of a CloudEvent between two ends that both use the SDK, given to the microsecond, as this service gives it.
# Guess: the receiver has the time that the sender gave. It is a timestamp of RFC 3339 (CloudEvents 1.0, 3.1.2 and "Type System"), with as many
# digits of a second as one likes, and the sender's own event shows all six of them.
# What happens: three digits are sent, in both modes and without a word; a time given with an offset is sent in UTC. Two events whose
# times differ have the same one when they arrive, and what the sender holds is not what he sent.
# Known? Nothing was found among the issues of cloudevents/sdk-javascript; sdk-php reads six digits since
# https://github.com/cloudevents/sdk-php/pull/36, sdk-csharp writes seven.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error cloudevents@10.0.0 >/dev/null
node - <<'JS'
const { CloudEvent, HTTP } = require('cloudevents')
console.log('cloudevents', require('./node_modules/cloudevents/package.json').version)
const arrived = (time) => {
  const event = new CloudEvent({ id: '1', source: '/kyc', type: 'status-changed', subject: '4711', time, data: { status: 'pending' } })
  const times = [HTTP.structured(event), HTTP.binary(event)].map((message) => HTTP.toEvent(message).time)
  console.log('given', time, 'held', event.time, 'arrived', ...times)
  return event.time === time ? times : []
}
const first = arrived('2026-02-20T10:26:47.123456Z')
const second = arrived('2026-02-20T10:26:47.123999Z')
const offset = arrived('2026-02-20T11:26:47.123456+01:00')
const all = [...first, ...second, ...offset]
process.exit(all.length === 6 && all.every((time) => time === '2026-02-20T10:26:47.123Z') ? 0 : 1)
JS
