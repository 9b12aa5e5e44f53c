import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { Witness } from '../config/witnesses.ts'
import type { ReadSubtree } from '../tlog/tree.ts'
import { type ToWitness, type WitnessClient, type WitnessSays, witnessClient } from './witnessClient.ts'

/** What others have said of one checkpoint when they were asked. */
export interface Heard {
  readonly size: number
  /** Signature lines of those who agreed, each with its newline; empty where nobody did. */
  readonly cosignatures: string
  /** A time-stamp response (RFC 3161, DER); `null` where there is none this time. */
  readonly timeStamp: Uint8Array | null
  /** Each witness that was asked. */
  readonly said: readonly { readonly witness: Witness; readonly says: WitnessSays }[]
  /** Why there is no time stamp, for a person; `null` where there is one, or none was asked for. */
  readonly notStamped: string | null
}

/** Who is asked, and by what. */
export interface Asking {
  readonly witnesses: readonly Witness[]
  /** The time-stamping authority; `null`: none. */
  readonly timeStampUrl: string | null
  /** Of the log's tree. */
  readonly subtree: ReadSubtree
  readonly heard: (heard: Heard) => void
  /** Who was out of reach is asked again after so long, 30 s unless it is given. */
  readonly againMs?: number
}

export interface Others {
  /** Has a checkpoint looked at by everybody; one that comes while others wait takes their place. Never throws. */
  readonly bring: (sealed: ToWitness) => void
  /** Waits for the answers about what was brought last, for so long at most, and ends: nobody is asked again. */
  readonly close: (withinMs: number) => Promise<void>
}

/** A checkpoint, and who has still to be asked about it. */
interface Due {
  readonly sealed: ToWitness
  readonly clients: readonly WitnessClient[]
  readonly timeStampUrl: string | null
}

const AGAIN_MS = 30_000

/** Loaded once an authority is asked: to read what it answers takes as much code as a fifth of the service. */
const stampedBy = async (
  url: string,
  { signed }: ToWitness,
  signal: AbortSignal,
): Promise<E.Either<string, Buffer>> => {
  const { timeStamp } = await import('./timeStamp.ts')
  return timeStamp(url, Buffer.from(signed), { signal })
}

const submitted = async (
  client: WitnessClient,
  { sealed }: Due,
  subtree: ReadSubtree,
  signal: AbortSignal,
): Promise<WitnessSays> => {
  try {
    return await client.submit(sealed, subtree, { signal })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { _tag: 'Unreachable', reason: `the proof for it could not be made: ${why}` }
  }
}

/** Brings checkpoints to witnesses and a time-stamping authority, all at once, one checkpoint after the other. */
export const askOthers = ({ witnesses, timeStampUrl, subtree, heard, againMs = AGAIN_MS }: Asking): Others => {
  const clients = witnesses.map(witnessClient)
  const ending = new AbortController()
  let waiting = new AbortController()
  let isClosing = false
  let due: Due | null = null
  let running: Promise<void> | null = null

  /** Asks once; gives who could not be reached. */
  const ask = async (now: Due): Promise<Due | null> => {
    const { signal } = ending
    const [stamped, ...said] = await Promise.all([
      now.timeStampUrl === null ? null : stampedBy(now.timeStampUrl, now.sealed, signal),
      ...now.clients.map(async (client) => ({ client, says: await submitted(client, now, subtree, signal) })),
    ])
    heard({
      size: now.sealed.checkpoint.size,
      cosignatures: said.map(({ says }) => (says._tag === 'Agreed' ? says.lines : '')).join(''),
      timeStamp: stamped !== null && E.isRight(stamped) ? stamped.right : null,
      said: said.map(({ client, says }) => ({ witness: client.witness, says })),
      notStamped: stamped !== null && E.isLeft(stamped) ? stamped.left : null,
    })
    const away = said.filter(({ says }) => says._tag === 'Unreachable').map(({ client }) => client)
    const isStamped = stamped === null || E.isRight(stamped)
    if (away.length === 0 && isStamped) return null
    return { sealed: now.sealed, clients: away, timeStampUrl: isStamped ? null : now.timeStampUrl }
  }

  const askWhileDue = async (): Promise<void> => {
    while (due !== null) {
      const now: Due = due
      const left = await ask(now)
      if (due !== now) continue
      due = left
      if (isClosing) return
      waiting = new AbortController()
      if (left !== null) await delay(againMs, undefined, { signal: waiting.signal }).catch(() => undefined)
      if (isClosing && due === left) return
    }
  }
  const run = async (): Promise<void> => {
    try {
      await askWhileDue()
    } finally {
      // In the same turn as the last look at what is due: what is brought afterwards starts it again.
      running = null
    }
  }

  return {
    bring: (sealed) => {
      if (clients.length === 0 && timeStampUrl === null) return
      due = { sealed, clients, timeStampUrl }
      waiting.abort()
      running ??= run()
    },
    close: async (withinMs) => {
      isClosing = true
      waiting.abort()
      const givingUp = setTimeout(() => ending.abort(), withinMs)
      await running
      clearTimeout(givingUp)
    },
  }
}
