import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const places = new Set<string>()

export interface Place {
  readonly place: string
  readonly remove: () => void
}

/**
 * A new folder in memory, where there is one: a trace says what a disk would hold, and waits for none. Memory is scarce: what was not
 * removed is when the process ends, unless it is killed.
 */
export const newPlace = (): Place => {
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const place = mkdtempSync(join(memory, `kyc-storage-${process.pid}-`))
  if (places.size === 0) process.once('exit', removeAll)
  places.add(place)
  return { place, remove: () => remove(place) }
}

const remove = (place: string): void => {
  rmSync(place, { recursive: true, force: true, maxRetries: 10 })
  places.delete(place)
}

const removeAll = (): void => {
  for (const place of places) remove(place)
}
