#!/usr/bin/env bash
# The names of countries that i18n-iso-countries gives, asked back for their codes.
# Guess: the code comes back: within a language no two countries of ISO 3166 have one name.
# What happens: in five cases the code of another country does: the Dutch part of Saint Martin (SX) is the French part
# (MF) in Portuguese and Albanian, Morocco is Montserrat, Malaysia is Malawi and Mongolia is Monaco in Dhivehi. In French and English
# every code comes back.
# Known? Nothing was found among the issues of michaelwittig/node-i18n-iso-countries.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error i18n-iso-countries@7.14.0 >/dev/null
node - <<'JS'
const countries = require('i18n-iso-countries')
console.log('i18n-iso-countries', require('./node_modules/i18n-iso-countries/package.json').version)
const languages = countries.getSupportedLanguages()
for (const language of languages) countries.registerLocale(require(`i18n-iso-countries/langs/${language}.json`))
const codes = Object.keys(countries.getAlpha2Codes())
const others = languages.flatMap((language) =>
  codes.flatMap((code) => {
    const name = countries.getName(code, language)
    const back = name && countries.getAlpha2Code(name, language)
    return !name || back === code ? [] : [`${language}: ${code} ${back}`]
  }),
)
console.log(languages.length, 'languages,', codes.length, 'codes; another code comes back in')
for (const other of others) console.log(' ', other)
process.exit(others.sort().join(', ') === 'dv: MA MS, dv: MN MC, dv: MY MW, pt: SX MF, sq: SX MF' ? 0 : 1)
JS
