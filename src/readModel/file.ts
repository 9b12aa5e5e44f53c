import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const DEFAULT = 'read-model.db'
const OWN = /^read-model[0-9a-z-]*\.db$/
const pointer = (dataDir: string): string => join(dataDir, 'read-model.current')

const currentName = (dataDir: string): string => {
  try {
    const name = readFileSync(pointer(dataDir), 'utf8').trim()
    return OWN.test(name) ? name : DEFAULT
  } catch {
    return DEFAULT
  }
}

/** The read model in use: a file that `read-model.current` names, so that another can take its place at once. */
export const currentReadModel = (dataDir: string): string => join(dataDir, currentName(dataDir))

/** The file whose change tells that another read model is in use. */
export const readModelPointer = pointer

/** A name for a read model that is being built beside the one in use. */
export const newReadModel = (dataDir: string, now: number): string => join(dataDir, `read-model-${now.toString(36)}.db`)

/** Puts a finished read model in use: atomic, by a rename. */
export const useReadModel = (dataDir: string, file: string): void => {
  const next = `${pointer(dataDir)}.next`
  writeFileSync(next, `${file.slice(dataDir.length).replace(/^[\\/]+/, '')}\n`, { flush: true })
  renameSync(next, pointer(dataDir))
}

/** Removes a read model with what SQLite keeps beside it. */
export const removeReadModel = (file: string): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
}

/** Read models that are not in use: left behind by a replay that was broken off. */
export const abandonedReadModels = (dataDir: string): readonly string[] => {
  const current = currentName(dataDir)
  return readdirSync(dataDir)
    .filter((name) => OWN.test(name) && name !== current)
    .map((name) => join(dataDir, name))
}

/** Read models that are older than the one in use: nobody is building them. */
export const supersededReadModels = (dataDir: string): readonly string[] => {
  const current = currentReadModel(dataDir)
  const first = join(dataDir, DEFAULT)
  return abandonedReadModels(dataDir).filter((file) => file === first || (current !== first && file < current))
}
