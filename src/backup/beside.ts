import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { digestOf } from './digest.ts'
import type { Backup } from './manifest.ts'
import { syncDirectory } from './sync.ts'

// What a data directory holds that belongs to the log and cannot be made anew from it: how far others were told of changes, what was
// sealed last, who was erased, and leaps of the clock that nobody has looked at. Not the key that seals.

const SEALED = ['sealed/checkpoint', 'sealed/erasures', 'sealed/contradicted']
const PLACES = 'webhooks-out'
const SINGLE = ['clock-leaps.json', ...SEALED]

/** Where they lie in a backup. */
const BESIDE = 'data'

const isPlace = (name: string): boolean => /^[a-z0-9][a-z0-9-]*\.json$/.test(name)

const namesIn = (directory: string): readonly string[] => (existsSync(directory) ? readdirSync(directory) : [])

/** Copies them, durably; gives their paths in the backup. To be done before the log is copied: none says more than that holds. */
export const copyBeside = (dataDir: string, directory: string): readonly string[] => {
  const places = namesIn(join(dataDir, PLACES)).filter(isPlace)
  const there = [...SINGLE, ...places.map((name) => `${PLACES}/${name}`)].filter((path) =>
    existsSync(join(dataDir, path)),
  )
  return there.map((path) => {
    const copy = join(BESIDE, path)
    mkdirSync(dirname(join(directory, copy)), { recursive: true, mode: 0o700 })
    writeFileSync(join(directory, copy), readFileSync(join(dataDir, path)), { mode: 0o600, flush: true })
    syncDirectory(dirname(join(directory, copy)))
    return copy
  })
}

const put = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  writeFileSync(to, readFileSync(from), { mode: 0o600, flag: 'wx', flush: true })
  syncDirectory(dirname(to))
}

/**
 * Puts back what the directory does not have, and says so. What it has is never replaced: a newer checkpoint, or list of who was erased, tells
 * what the log that is restored lacks, and what others were told since they need not be told again. Of what was sealed all or nothing is put
 * back, so that none of it is of another time. The keys of the log are in no backup.
 */
export const putBackBeside = ({ directory, manifest }: Backup, dataDir: string): readonly string[] => {
  const files = manifest?.files ?? []
  const isWhole = (path: string): boolean => {
    const known = files.find((file) => file.path === `${BESIDE}/${path}`)
    const file = join(directory, BESIDE, path)
    return known !== undefined && existsSync(file) && digestOf(file).sha256 === known.sha256
  }
  const held = files.flatMap(({ path }) => (path.startsWith(`${BESIDE}/`) ? [path.slice(BESIDE.length + 1)] : []))
  const own = held.filter(
    (path) => SINGLE.includes(path) || (dirname(path) === PLACES && isPlace(path.slice(PLACES.length + 1))),
  )
  const hasSealed = SEALED.some((path) => existsSync(join(dataDir, path)))
  return own.map((path) => {
    if (!isWhole(path)) return `${path} of the backup is not what was written: it is not put back`
    if (existsSync(join(dataDir, path)) || (hasSealed && SEALED.includes(path)))
      return `${path}: the one in ${dataDir} stays`
    put(join(directory, BESIDE, path), join(dataDir, path))
    return `${path}: put back`
  })
}
