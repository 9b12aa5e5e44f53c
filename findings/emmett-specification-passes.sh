#!/usr/bin/env bash
# What emmett's DeciderSpecification lets pass as the events that were expected.
# Guess: `then` is given the events that the decider makes, in their order; with another date, in another order or with another event
# in place of one of them the specification fails.
# What happens: each expected event has to be a part of some event that was made, and there have to be as many. Of a date no part is
# looked at, so any date is any other, as it is in `assertMatches`; verified, then refused, passes for refused, then verified; and so
# does verified twice. `assertDeepEqual` of the same package tells the dates apart, and a wrong text does fail.
# Known? Nothing was found among the issues of event-driven-io/emmett.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @event-driven-io/emmett@0.42.0 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import { assertDeepEqual, DeciderSpecification } from '@event-driven-io/emmett'

console.log('@event-driven-io/emmett', JSON.parse(readFileSync('node_modules/@event-driven-io/emmett/package.json', 'utf8')).version)
const event = (type, day, userId = '4711') => ({ type, data: { userId, at: new Date(`2026-03-${day}`) } })
const made = [event('Refused', '01'), event('Verified', '02')]
const specified = DeciderSpecification.for({ decide: () => made, evolve: (state) => state, initialState: () => ({}) })
const outcome = (name, check) => {
  let said = 'passes'
  try {
    check()
  } catch {
    said = 'fails'
  }
  console.log(`${name}: ${said}`)
  return said
}
const then = (name, expected) => outcome(name, () => specified([]).when({ type: 'Review', data: {} }).then(expected))
const seen = [
  then('as it was made', made),
  then('other dates', [event('Refused', '11'), event('Verified', '12')]),
  then('the other order', [made[1], made[0]]),
  then('the second one twice', [made[1], made[1]]),
  then('another user', [event('Refused', '01', '4712'), event('Verified', '02', '4712')]),
  outcome('other dates, by assertDeepEqual', () => assertDeepEqual(made, [event('Refused', '11'), event('Verified', '12')])),
]
process.exit(seen.join() === 'passes,passes,passes,passes,fails,fails' ? 0 : 1)
JS
