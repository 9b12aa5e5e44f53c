#!/usr/bin/env bash
# The io-ts codecs that @openapi-io-ts/cli makes of a description (OpenAPI 3.0.3).
# Guess: they compile, they refuse what the schema refuses, and what they have read they write as it was: that is why one takes codecs instead of types.
# What happens: with two times in one schema the module does not compile, since a codec is imported once for each. An enumeration of texts is
# held to, one of numbers is any number, a whole number any number, a map of whole numbers anything at all. A day (`format: date`) is read,
# and written as a time, which is no day to the schema.
# Known? Nothing was found.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @openapi-io-ts/cli@0.4.1 @openapi-io-ts/core@0.1.0 \
  io-ts@2.2.22 io-ts-types@0.5.19 fp-ts@2.16.11 monocle-ts@2.3.13 newtype-ts@0.3.5 typescript@5.9.3 >/dev/null
cat >description.json <<'JSON'
{
  "openapi": "3.0.3",
  "info": { "title": "users", "version": "1" },
  "paths": {},
  "components": {
    "schemas": {
      "Change": {
        "type": "object",
        "required": ["since", "recordedAt"],
        "properties": {
          "since": { "type": "string", "format": "date-time" },
          "recordedAt": { "type": "string", "format": "date-time" }
        }
      },
      "User": {
        "type": "object",
        "required": ["review", "level", "status", "counts", "born"],
        "properties": {
          "review": { "type": "integer", "enum": [0, 1, 2] },
          "level": { "type": "integer" },
          "status": { "type": "string", "enum": ["pending", "validated"] },
          "counts": { "type": "object", "additionalProperties": { "type": "integer" } },
          "born": { "type": "string", "format": "date" }
        }
      }
    }
  }
}
JSON
npx openapi-io-ts -i description.json -o made >/dev/null
# One module each: what one of them lacks is not to keep the other from being run.
compile() { npx tsc --strict --skipLibCheck --target es2022 --module commonjs --moduleResolution node --esModuleInterop --outDir made "made/components/schemas/$1.ts" || true; }
compile Change | tee change.txt
compile User | tee user.txt
node - <<'JS'
const { readFileSync } = require('node:fs')
for (const name of ['@openapi-io-ts/cli', 'io-ts', 'io-ts-types'])
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
const { User } = require('./made/User.js')
const user = { review: 1, level: 1, status: 'pending', counts: { documents: 2 }, born: '1974-08-12' }
const taken = (other) => User.decode({ ...user, ...other })._tag === 'Right'
const born = User.encode(User.decode(user).right).born
const seen = {
  valid: taken({}),
  'review 7': taken({ review: 7 }),
  'level 1.5': taken({ level: 1.5 }),
  'counts of a text': taken({ counts: { documents: 'two' } }),
  'another status': taken({ status: 'closed' }),
  'born written again': JSON.parse(JSON.stringify(born)),
}
console.log(seen)
const twice = readFileSync('change.txt', 'utf8').match(/error TS2300: Duplicate identifier/g)?.length
const asEver =
  twice === 2 &&
  readFileSync('user.txt', 'utf8') === '' &&
  JSON.stringify(Object.values(seen)) === '[true,true,true,true,false,"1974-08-12T00:00:00.000Z"]'
process.exit(asEver ? 0 : 1)
JS
