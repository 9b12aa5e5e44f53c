import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newDirectory, type Server, startServer } from '../processes.ts'

export type Peer =
  | { readonly _tag: 'Running'; readonly server: Server; readonly versions: string }
  | { readonly _tag: 'NotThere'; readonly reason: string }

const HERE = fileURLToPath(new URL('.', import.meta.url))
const BINDING = join(HERE, 'node_modules/sqlite3/build/Release/node_sqlite3.node')

/** Installs the peers, once, beside this file: what they need has no place among the project's dependencies. */
const install = async (): Promise<string | null> => {
  if (existsSync(BINDING)) return null
  console.error('installing the peers in bench/peers (native code is compiled: a minute or two) …')
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], { cwd: HERE, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  npm.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code] = await once(npm, 'close').catch((error: unknown) => [String(error)])
  if (code === 0 && existsSync(BINDING)) return null
  const fault = said.split('\n').findLast((line) => line.includes('npm error')) ?? ''
  return `the peers could not be installed (no network, or no compiler): npm ended with ${code}. ${fault}`
}

const versionOf = (name: string): string => {
  const { version } = JSON.parse(readFileSync(join(HERE, 'node_modules', name, 'package.json'), 'utf8')) as {
    readonly version: string
  }
  return `${name} ${version}`
}

const PACKAGES = [
  '@event-driven-io/emmett',
  '@event-driven-io/emmett-expressjs',
  '@event-driven-io/emmett-sqlite',
  'express',
  'sqlite3',
]

/** Starts the equivalent that is built with Emmett. */
export const startEmmett = async (): Promise<Peer> => {
  const reason = await install()
  if (reason !== null) return { _tag: 'NotThere', reason }
  try {
    const server = await startServer({
      file: new URL('./emmett.js', import.meta.url),
      args: [join(newDirectory(), 'events.db')],
    })
    return { _tag: 'Running', server, versions: PACKAGES.map(versionOf).join(', ') }
  } catch (error) {
    return { _tag: 'NotThere', reason: error instanceof Error ? error.message : String(error) }
  }
}
