import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { median } from './rounds.ts'

/** On what, and of what, the figures were taken. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  readonly sqlite: string
  /** Of the packages that are measured, or measure. */
  readonly packages: string
  /** One commit of 2 KiB to a WAL with `synchronous=FULL`, median, in milliseconds: what one fsync costs here. */
  readonly fsyncMs: number
  /** Short hash, with `+` when the working tree differs from it. */
  readonly commit: string
  readonly at: string
  /** Load average of the last minute when the run began: what else the machine was doing. */
  readonly load: number
}

const git = (...args: readonly string[]): string => {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}

const PACKAGES = ['express', 'better-sqlite3', 'xstate', '@eventstore/db-client', 'autocannon']

const versionOf = (name: string): string => {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }
  return `${name} ${version}`
}

const measureFsync = (): { readonly sqlite: string; readonly fsyncMs: number } => {
  const directory = mkdtempSync(join(tmpdir(), 'kyc-ledger-bench-'))
  const db = new Database(join(directory, 'fsync.db'))
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.exec('CREATE TABLE texts (text TEXT)')
    const insert = db.prepare<[string]>('INSERT INTO texts VALUES (?)')
    const took = Array.from({ length: 200 }, () => {
      const began = performance.now()
      insert.run('x'.repeat(2048))
      return performance.now() - began
    })
    return { sqlite: db.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '', fsyncMs: median(took) }
  } finally {
    db.close()
    rmSync(directory, { recursive: true })
  }
}

export const describeMachine = (): Machine => ({
  load: loadavg()[0] ?? Number.NaN,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  ...measureFsync(),
  packages: PACKAGES.map(versionOf).join(', '),
  commit: `${git('rev-parse', '--short', 'HEAD') || 'unknown'}${git('status', '--porcelain') === '' ? '' : '+'}`,
  at: new Date().toISOString(),
})
