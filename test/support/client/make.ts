/**
 * Makes `api.ts`, the types of a client, from the description: `npm run client`. What makes them has a package of its own, since it
 * needs another version of TypeScript; it is installed when first needed, apart from the tests of what it brings along.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'
import { headOfTypes } from './head.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const cwd = fileURLToPath(new URL('../../../node_modules/.cache/client', import.meta.url))
const generator = join(cwd, 'node_modules/openapi-typescript/bin/cli.js')

if (!existsSync(generator)) {
  mkdirSync(cwd, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(here, file), join(cwd, file))
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    stdio: 'inherit',
  })
}
const types = execFileSync(process.execPath, [generator], {
  input: JSON.stringify(DOCUMENT),
  encoding: 'utf8',
  maxBuffer: 16 * 1024 * 1024,
})
writeFileSync(join(here, 'api.ts'), headOfTypes() + types)
