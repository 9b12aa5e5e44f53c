import { BroadcastChannel } from 'node:worker_threads'
import type { StreamName } from '../recordedEvent.ts'
import { sharedCount } from './sharedCount.ts'

/**
 * What one thread says to the others of this process: that it has come upon damage, which streams lie there, and, when it
 * begins and another one knows that, that it does not yet.
 */
type Word = 'met' | 'began' | readonly StreamName[]

export interface DamageWatch {
  /** Says that a damaged page was come upon; once. */
  readonly met: () => void
  /** The streams that are known to lie on damaged pages: always the same array until more is known. */
  readonly streams: () => readonly StreamName[]
  /** Tells all threads which they are. */
  readonly tell: (streams: readonly StreamName[]) => void
  /** From then on nothing is said any more: what the log is looked through for may still be under way. */
  readonly close: () => void
}

/** Watches for damage of the log `file`, in whatever thread it is met; `heard` is called when one has met it. */
export const watchDamage = (file: string, heard: () => void = () => undefined): DamageWatch => {
  const name = `damage of ${file}`
  const channel = new BroadcastChannel(name)
  /** Whether any thread knows more than that there may be none: each word costs whoever hears it the code of fetch, once. */
  const isKnown = sharedCount(name)
  let closed = false
  const say = (word: Word): void => {
    if (!closed) channel.postMessage(word)
  }
  let said = false
  let knows = false
  let streams: readonly StreamName[] = []
  channel.onmessage = ({ data }: { readonly data?: unknown }) => {
    const word = data as Word
    if (word === 'met') heard()
    else if (word !== 'began') streams = word
    else if (knows) say(streams)
  }
  channel.unref()
  if (Atomics.load(isKnown, 0) > 0) say('began')
  return {
    met: () => {
      if (said || closed) return
      said = true
      say('met')
      heard()
    },
    streams: () => streams,
    tell: (found) => {
      knows = true
      streams = found
      Atomics.store(isKnown, 0, 1)
      say(found)
    },
    close: () => {
      closed = true
      channel.close()
    },
  }
}
