import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { PreparedLog } from '../preparedLog.ts'
import { type Beside, NOTHING_BESIDE, newDirectory, removeDirectory, runScript } from '../processes.ts'
import { type Service, startService } from '../service.ts'
import { type Checkout, HERE } from './checkout.ts'

/** What an issue since may have added and can be turned off is off on both sides: sealing, the page. */
const PLAIN: Readonly<Record<string, string>> = { SEAL_EVERY: '0', PAGE: 'off' }

/** The two that are compared, each started by its own code on the same Node. */
export interface Sides {
  readonly commit: string
  /** The folder of the other one. */
  readonly root: URL
  readonly here: (directory?: string, beside?: Beside) => Promise<Service>
  readonly there: (directory?: string, beside?: Beside) => Promise<Service>
  /** This one as it is shipped: with everything on. */
  readonly whole: (directory?: string) => Promise<Service>
  /** A log written by the other one, which both can read, in a directory of its own for each call. */
  readonly logOf: (log: PreparedLog) => Promise<() => string>
}

const PREPARE = new URL('./prepareThere.ts', import.meta.url)

const startedBefore = new Set<URL>()

/** Not for the first time: what Node makes of the source at the first start of a checkout is kept for all others. */
const start = async (root: URL, directory = newDirectory(), env = PLAIN, beside = NOTHING_BESIDE): Promise<Service> => {
  if (!startedBefore.has(root)) {
    startedBefore.add(root)
    const first = await startService(undefined, [], PLAIN, root)
    await first.stop()
    removeDirectory(first.directory)
  }
  return startService(directory, beside.nodeOptions, { ...env, ...beside.env }, root)
}

export const sidesOf = ({ commit, root }: Checkout): Sides => ({
  commit,
  root,
  here: (directory, beside) => start(HERE, directory, PLAIN, beside),
  there: (directory, beside) => start(root, directory, PLAIN, beside),
  whole: (directory) => start(HERE, directory, {}),
  logOf: async (log) => {
    const prepared = newDirectory()
    removeDirectory(prepared)
    await runScript(PREPARE, { root: root.href, log, directory: prepared })
    process.once('exit', () => rmSync(prepared, { recursive: true, force: true }))
    return () => {
      const copy = newDirectory()
      for (const name of ['events.db', 'events.db-wal']) {
        if (existsSync(join(prepared, name))) cpSync(join(prepared, name), join(copy, name))
      }
      return copy
    }
  },
})
