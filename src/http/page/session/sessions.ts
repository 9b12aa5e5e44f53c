import { hash as digest, randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { Holder } from '../../../access/holder.ts'

/** Somebody who has signed in with a key or a token. */
export interface Session extends Holder {
  /** Aborted when it ends: what is still being sent then is broken off. */
  readonly ended: AbortSignal
}

/** Who has signed in, in memory alone: all of it ends with the process. */
export interface Sessions {
  /** Begins a session, and gives the token that it is known by. */
  readonly begin: (holder: Holder) => string
  readonly of: (token: string) => Session | null
  readonly end: (token: string) => void
  /** Ends those of whoever has no right to anything any more. */
  readonly review: () => void
}

/** A session as it was begun. */
interface Begun {
  readonly holder: Holder
  readonly ended: AbortSignal
  readonly until: number
  readonly end: () => void
}

export const SESSION_SECONDS = 8 * 3600

/** So many of one key at a time; with one more the oldest of that key ends. So no key pushes out another one's. */
const OF_ONE_KEY = 100

/** A token is 256 random bits; only its hash is kept. `now` are milliseconds that never go back. */
export const newSessions = (now: () => number = () => performance.now()): Sessions => {
  /** In the order of their beginning. */
  const sessions = new Map<string, Begun>()
  const hashOf = (token: string): string => digest('sha256', token)
  const begin = (hash: string, holder: Holder): void => {
    const ending = new AbortController()
    setMaxListeners(0, ending.signal)
    const end = (): void => {
      clearTimeout(timer)
      sessions.delete(hash)
      ending.abort()
    }
    const timer = setTimeout(end, SESSION_SECONDS * 1000).unref()
    sessions.set(hash, {
      holder,
      ended: ending.signal,
      until: now() + SESSION_SECONDS * 1000,
      end,
    })
  }
  return {
    begin: (holder) => {
      const same = [...sessions.values()].filter((one) => one.holder.name === holder.name)
      for (const { end } of same.slice(0, Math.max(0, same.length - OF_ONE_KEY + 1))) end()
      const token = randomBytes(32).toString('base64url')
      begin(hashOf(token), holder)
      return token
    },
    of: (token) => {
      const found = sessions.get(hashOf(token))
      if (found === undefined || found.until <= now()) return null
      const holder = found.holder.asItStands()
      return holder === null ? null : { ...holder, ended: found.ended }
    },
    end: (token) => sessions.get(hashOf(token))?.end(),
    review: () => {
      for (const { holder, end } of sessions.values()) if (holder.asItStands() === null) end()
    },
  }
}
