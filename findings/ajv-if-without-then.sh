#!/usr/bin/env bash
# JSON Schema 2020-12: unevaluatedProperties beside an "if" that has an "else" and no "then".
# Guess: what "if" has looked at counts as evaluated, "then" or not: "annotations are collected from this keyword's subschema in the usual way,
# including when the keyword is present without either 'then' or 'else'" (Core, 10.2.2.1). So the reason of a refusal is allowed here.
# What happens: ajv refuses it: status and reason must not be there. With "then": {"properties": {"status": true}}, which
# forbids nothing and does not name reason, it takes it; "then": true does not suffice. @hyperjump/json-schema takes it without one. A test of the official suite says the same (unevaluatedProperties, "then not defined").
# Known? Nothing was found among the issues of ajv-validator/ajv.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error ajv@8.20.0 @hyperjump/json-schema@1.17.2 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import { registerSchema, validate } from '@hyperjump/json-schema/draft-2020-12'
import { Ajv2020 } from 'ajv/dist/2020.js'

for (const name of ['ajv', '@hyperjump/json-schema'])
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
const schema = {
  type: 'object',
  required: ['status'],
  if: { properties: { status: { const: 'refused' }, reason: { type: 'string' } } },
  else: { properties: { status: { type: 'string' }, level: { type: 'integer' } } },
  unevaluatedProperties: false,
}
const refused = { status: 'refused', reason: 'documents' }
const [without, withThen] = [schema, { ...schema, then: { properties: { status: true } } }].map((one) => new Ajv2020().compile(one))
const byAjv = without(refused)
console.log('ajv, without then:', byAjv, without.errors?.map(({ message, params }) => `${message}: ${Object.values(params)}`).join())
console.log('ajv, with a then: ', withThen(refused))
registerSchema({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema }, 'https://kyc.example/status')
const { valid } = await validate('https://kyc.example/status', refused)
console.log('hyperjump, without then:', valid)
process.exit(byAjv === false && withThen(refused) === true && valid === true ? 0 : 1)
JS
