#!/usr/bin/env bash
# A problem (RFC 9457) whose Content-Type says a charset, read by @inrupt/solid-client-errors.
# Guess: it is the same problem. Express adds "; charset=utf-8" to whatever text it sends; the type has no parameters, and those that are
# not known should be ignored (RFC 7807, 6.1).
# What happens: without the parameter type, title and detail are told. With it the body is not looked at: the problem is `about:blank`, with the
# reason phrase as its title, and `hasProblemDetails` still says that the error has them.
# Known? Nothing was found among the issues of inrupt/solid-client-errors-js.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @inrupt/solid-client-errors@0.0.4 express@5.3.0 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import { handleErrorResponse, hasProblemDetails } from '@inrupt/solid-client-errors'
import express from 'express'

for (const name of ['@inrupt/solid-client-errors', 'express'])
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
const body = JSON.stringify({ type: '/problems/user-erased', title: 'The records were erased', status: 410, detail: 'by record 4' })
const app = express()
  .get('/text', (_req, res) => void res.status(410).type('application/problem+json').send(body))
  .get('/bytes', (_req, res) => void res.status(410).type('application/problem+json').send(Buffer.from(body)))
const server = app.listen(0, '127.0.0.1', async () => {
  const seen = []
  for (const path of ['/text', '/bytes']) {
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`)
    const error = handleErrorResponse(response, await response.text(), 'asked')
    const { type, title, detail } = error.problemDetails
    seen.push(`${response.headers.get('content-type')}: ${type.pathname} | ${title} | ${detail} | ${hasProblemDetails(error)}`)
    console.log(seen.at(-1))
  }
  server.close()
  const expected = [
    'application/problem+json; charset=utf-8: blank | Gone | undefined | true',
    'application/problem+json: /problems/user-erased | The records were erased | by record 4 | true',
  ]
  process.exit(seen.join('\n') === expected.join('\n') ? 0 : 1)
})
JS
