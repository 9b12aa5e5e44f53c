import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** A folder in memory, where there is one: a trace says what a disk would hold, and waits for none. */
export const memory = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
