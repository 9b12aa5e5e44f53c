#!/usr/bin/env bash
# The machine readable zone of somebody who has one name and no given name, when that name nearly fills its field.
# Guess: it is `lastName`, and `firstName` is empty, however long it is. Who has one name alone has a primary identifier and no secondary one, and what
# is left of the field is filled with `<` (ICAO Doc 9303-3, 4.6); a shorter one is read so.
# What happens: where no `<` is left, or one, `mrz` gives the name as first name too, and calls all valid. Where just two are left it calls the
# document not valid, without a first name. With three left all is right. So it is in passports (39 letters) and in cards of two
# lines (31) and of three (30). mrz-fast, which reads passports alone, is right on each.
# Known? Not this; an empty last name before "<<" once was: https://github.com/cheminfo/mrz/issues/9.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error mrz@5.0.2 mrz-fast@1.0.9 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import { parse } from 'mrz'
import { parseMRZ } from 'mrz-fast'

for (const name of ['mrz', 'mrz-fast']) console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
const valueOf = (letter) => (letter === '<' ? 0 : Number.parseInt(letter, 36))
const check = (text) => String([...text].reduce((sum, letter, at) => sum + valueOf(letter) * [7, 3, 1][at % 3], 0) % 10)
const checked = (text) => text + check(text)
const number = checked('X4RTBPFW4')
const birth = checked('740812')
const expiry = checked('320415')
const documents = {
  passport: (name) => {
    const line = `${number}IND${birth}F${expiry}${'<'.repeat(15)}`
    return [`P<IND${name}`.padEnd(44, '<'), line + check(line.slice(0, 10) + line.slice(13, 20) + line.slice(21))]
  },
  'card of two lines': (name) => {
    const line = `${number}FRA${birth}F${expiry}${'<'.repeat(7)}`
    return [`I<FRA${name}`.padEnd(36, '<'), line + check(line.slice(0, 10) + line.slice(13, 20) + line.slice(21))]
  },
  'card of three lines': (name) => {
    const upper = `I<FRA${number}`.padEnd(30, '<')
    const lower = `${birth}F${expiry}FRA${'<'.repeat(11)}`
    return [upper, lower + check(upper.slice(5) + lower.slice(0, 7) + lower.slice(8, 15) + lower.slice(18)), name.padEnd(30, '<')]
  },
}
const told = ({ valid, fields }) => {
  const first = fields.firstName === fields.lastName ? 'the same' : JSON.stringify(fields.firstName ?? null)
  return `${valid ? 'valid' : 'not valid'}, first name ${first}`
}
const NAME = 'VENKATANARASIMHARAJUVARIPETASOMASEKHARA'
const seen = []
for (const [document, made] of Object.entries(documents)) {
  const field = { passport: 39, 'card of two lines': 31, 'card of three lines': 30 }[document]
  for (const left of [0, 1, 2, 3]) {
    const lines = made(NAME.slice(0, field - left))
    seen.push(`${left} left: mrz ${told(parse(lines))}${document === 'passport' ? `; mrz-fast ${told(parseMRZ(lines))}` : ''}`)
    console.log(`${document}, ${seen.at(-1)}`)
  }
}
const empty = 'valid, first name ""'
const byMrz = ['valid, first name the same', 'valid, first name the same', 'not valid, first name null', empty]
const expected = [
  ...byMrz.map((one, left) => `${left} left: mrz ${one}; mrz-fast ${empty}`),
  ...[...byMrz, ...byMrz].map((one, at) => `${at % 4} left: mrz ${one}`),
]
process.exit(seen.join('\n') === expected.join('\n') ? 0 : 1)
JS
