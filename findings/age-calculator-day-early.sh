#!/usr/bin/env bash
# The age that age-calculator gives of a date of birth, on the birthday and on the day before.
# Guess: from the birthday on it is a year more. That is what such a package is taken for instead of dividing milliseconds.
# What happens: it reads a year off the time since the birth as if that were a time since 1970, so the leap days are those of other years. Somebody born on
# 10 February 2008 is 18 on 9 February 2026. Of those who become 18 in 2026 everybody who was born before 29 February is told so a day early,
# in 2028 everybody who was born after it, in 2027 nobody. `get-age` is right on each of these days.
# Known? Nothing was found.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error age-calculator@1.0.0 get-age@1.0.1 >/dev/null
TZ=UTC node - <<'JS'
const { AgeFromDateString } = require('age-calculator')
const getAge = require('get-age')
for (const name of ['age-calculator', 'get-age']) console.log(name, require(`./node_modules/${name}/package.json`).version)
const TrueDate = Date
/** What `ask` says at noon of a day. */
const on = (day, ask) => {
  const now = TrueDate.parse(`${day}T12:00:00Z`)
  globalThis.Date = class extends TrueDate {
    constructor(...given) {
      super(...(given.length === 0 ? [now] : given))
    }
    static now = () => now
  }
  const said = ask()
  globalThis.Date = TrueDate
  return said
}
const dayOf = (year, n) => new TrueDate(TrueDate.UTC(year, 0, n)).toISOString().slice(0, 10)
const byPackage = { 'age-calculator': (birth) => new AgeFromDateString(birth).age, 'get-age': getAge }
const seen = {}
for (const [name, ask] of Object.entries(byPackage))
  for (const year of [2026, 2027, 2028]) {
    let [early, late, all] = [0, 0, 0]
    for (let n = 1; n <= 366; n++) {
      const birth = dayOf(year - 18, n)
      // Of who is born on 29 February the law says, not a package.
      if (!birth.startsWith(String(year - 18)) || birth.endsWith('02-29')) continue
      const birthday = `${year}${birth.slice(4)}`
      const before = new TrueDate(TrueDate.parse(birthday) - 86_400_000).toISOString().slice(0, 10)
      all += 1
      if (on(before, () => ask(birth)) === 18) early += 1
      else if (on(birthday, () => ask(birth)) !== 18) late += 1
    }
    seen[`${name} ${year}`] = `${early} a day early, ${late} a day late, of ${all}`
    console.log(`${name}, 18 in ${year}: ${seen[`${name} ${year}`]}`)
  }
console.log('born on 2008-02-10, on 2026-02-09:', on('2026-02-09', () => new AgeFromDateString('2008-02-10').age))
const [in2026, in2027, in2028, ...others] = Object.values(seen)
const right = '0 a day early, 0 a day late, of 365'
const asEver =
  in2026 === '59 a day early, 0 a day late, of 365' &&
  in2028 === '306 a day early, 0 a day late, of 365' &&
  [in2027, ...others].every((one) => one === right)
process.exit(asEver ? 0 : 1)
JS
