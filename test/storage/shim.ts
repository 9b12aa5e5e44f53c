import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('shim.c', import.meta.url))
const SMALL_WAL = new URL('smallWal.ts', import.meta.url).href

/** Compiles the shim, once for each text of it; throws where `compiler` cannot. */
export const compileShim = (compiler: string): string => {
  const text = readFileSync(SOURCE)
  const library = join(tmpdir(), `kyc-storage-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.so`)
  if (existsSync(library)) return library
  const own = `${library}.${process.pid}`
  execFileSync(compiler, ['-shared', '-fPIC', '-O2', '-Wall', '-o', own, SOURCE, '-ldl', '-lpthread'])
  renameSync(own, library)
  return library
}

/** Which call fails how: `sync events.db-wal EIO 0 1` is the next sync of that file, and none after it (`shim.c`). */
export type Fault =
  `${'sync' | 'write' | 'part' | 'read' | 'truncate' | 'open' | 'rename' | 'unlink'} ${string} ${'EIO' | 'ENOSPC' | 'short'} ${number} ${number}`

export interface FaultyDisk {
  /** What a service is started with whose files lie there. */
  readonly env: Readonly<Record<string, string>>
  /** From now on these fail, and what failed before does so no more. */
  readonly fail: (...faults: readonly Fault[]) => void
  readonly trace: string
}

/** The disk that `directory` lies on, as the processes see it that are started with its environment. `place` is for what the disk needs itself. */
export const faultyDisk = (compiler: string, directory: string, place: string): FaultyDisk => {
  const [trace, faults] = [join(place, 'trace'), join(place, 'faults')]
  const fail = (...lines: readonly Fault[]): void => {
    writeFileSync(`${faults}.next`, lines.map((line) => `${line}\n`).join(''))
    renameSync(`${faults}.next`, faults)
  }
  fail()
  return {
    env: {
      LD_PRELOAD: compileShim(compiler),
      STORAGE_BELOW: directory,
      STORAGE_TRACE: trace,
      STORAGE_FAULTS: faults,
      NODE_OPTIONS: `--import=${SMALL_WAL}`,
    },
    fail,
    trace,
  }
}
