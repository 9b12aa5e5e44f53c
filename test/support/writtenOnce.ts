import { cpSync } from 'node:fs'
import { newDirectory } from './newDirectory.ts'

/**
 * A data directory as `write` leaves it, which is done once, with the first who asks: each gets a copy of his own, and what
 * else `write` gave. Nothing may run on it by the time `write` resolves.
 */
export const writtenOnce = <A extends { readonly directory: string }>(write: () => Promise<A>): (() => Promise<A>) => {
  let written: Promise<A> | undefined
  return async () => {
    written ??= write()
    const original = await written
    const directory = newDirectory()
    cpSync(original.directory, directory, { recursive: true, preserveTimestamps: true })
    return { ...original, directory }
  }
}
