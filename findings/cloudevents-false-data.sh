#!/usr/bin/env bash
# CloudEvents in structured mode whose data is false, 0 or an empty text, between two ends that both use the SDK.
# Guess: the receiver has the data that the sender gave. The JSON format allows any JSON value as data (CloudEvents 1.0, JSON
# Event Format, 3.1), and a flag such as "frozen: no" is data.
# What happens: the sender writes "data":false, the receiver has an event without data: what was said false is not said at all.
# In a batch of that one event the same text arrives whole, and so do 1 and true in either.
# Known? Nothing was found among the issues of cloudevents/sdk-javascript; for extensions the like was mended:
# https://github.com/cloudevents/sdk-javascript/pull/493.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error cloudevents@10.0.0 >/dev/null
node - <<'JS'
const { CloudEvent, HTTP } = require('cloudevents')
console.log('cloudevents', require('./node_modules/cloudevents/package.json').version)
const arrived = (data) => {
  const event = new CloudEvent({ id: '1', source: '/kyc', type: 'user.frozen', datacontenttype: 'application/json', data })
  const message = HTTP.structured(event)
  const batch = { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: `[${message.body}]` }
  const sent = JSON.parse(message.body)
  const [one, ofBatch] = [HTTP.toEvent(message), HTTP.toEvent(batch)[0]]
  console.log('sent', JSON.stringify(sent.data), 'arrived', one.data, 'in a batch', ofBatch.data)
  return sent.data !== data || ofBatch.data !== data ? 'else' : one.data === undefined ? 'lost' : one.data === data ? 'there' : 'else'
}
const seen = [false, 0, '', true, 1, 'x'].map(arrived).join(' ')
console.log(seen)
process.exit(seen === 'lost lost lost there there there' ? 0 : 1)
JS
