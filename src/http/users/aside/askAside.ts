import type { ServerResponse } from 'node:http'
import { availableParallelism } from 'node:os'
import { LRUCache } from 'lru-cache'
import type { ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { inWords } from '../../../files/whyNot.ts'
import type { Logger } from '../../../log/log.ts'
import type { ProjectedLog } from '../../../readModel/projection/projectedLog.ts'
import { type QuestionThread, startThread } from './startThread.ts'
import { type HistoryAsked, hasMore, type LinesTold, type StatusAsked, type StatusTold } from './words.ts'

/** A user whose story is so long is worth waiting for a thread. */
const LONG = 1000
/** A history that is shorter is told by whoever is asked, within one turn: so few are told at a time that it would stand in the way of others while it waits. */
const SHORT = 64
/** After so many questions threads are worth their start: until then, and until they have started, short stories are told by whoever is asked. */
const FIRST_HERE = 8
/** After so long without a question the threads end: each holds what it has compiled. */
const QUIET_MS = 60_000
/** One that could not start is not tried again for so long. */
const NOT_AGAIN_MS = 10_000
/** More threads than these would wait for the one that sends what they say. */
const MOST_THREADS = 4
/** So many users go to the thread that they went to before: it may have kept their events. */
const USERS_KNOWN = 1000

/** Questions about what the log says of users, answered by threads beside the one that serves. */
export interface Aside {
  /** `null`: whoever asks may answer it himself, unless nobody waits for it any more. Rejects where the thread ended over it. */
  readonly status: (
    res: ServerResponse,
    asked: StatusAsked,
    corrections: readonly ReceiptCorrection[],
  ) => Promise<StatusTold | null>
  /** The lines, some at a time. After `null` the rest is for whoever asks. */
  readonly history: (
    res: ServerResponse,
    asked: HistoryAsked,
    corrections: readonly ReceiptCorrection[],
  ) => AsyncGenerator<LinesTold | null>
  /** Nothing is kept of the user any more; `null`: of anybody. */
  readonly forget: (userId: UserId | null) => void
  /** Ends the threads. Resolves when they have ended. */
  readonly close: () => Promise<void>
}

interface Asides {
  /** `null` as long as it is not known which log it is. */
  readonly projected: () => ProjectedLog | null
  /** Whether the whole log may be believed. Otherwise nothing that a thread says counts. */
  readonly isTrusted: () => boolean
  readonly log: Logger
  /** Is told of whom the read model keeps something else of what his events say than was written. */
  readonly keptIsOther: (userId: UserId) => void
  /** How long a story has to be for a thread to be waited for. */
  readonly long?: number
  readonly quietMs?: number
  readonly most?: number
  readonly module?: URL
}

/** What threads say is a proposal: whatever goes wrong, whoever asks reads the log himself and comes upon it as ever. */
export const askAside = ({
  projected,
  isTrusted,
  log,
  keptIsOther,
  long = LONG,
  quietMs = QUIET_MS,
  most = Math.max(1, Math.min(availableParallelism() - 1, MOST_THREADS)),
  module = new URL('./questionThread.ts', import.meta.url),
}: Asides): Aside => {
  const threads = new Set<QuestionThread>()
  const exits = new Set<Promise<void>>()
  const knownBy = new LRUCache<UserId, QuestionThread>({ max: USERS_KNOWN })
  let questions = 0
  let notBefore = 0
  let isClosed = false
  let quiet: NodeJS.Timeout | undefined

  const endAll = (): void => {
    for (const thread of threads) thread.end()
    threads.clear()
    knownBy.clear()
    questions = 0
  }
  const begun = (): void => {
    questions += 1
    clearTimeout(quiet)
  }
  const ended = (): void => {
    clearTimeout(quiet)
    if ([...threads].some((thread) => thread.underWay() > 0)) return
    quiet = setTimeout(endAll, quietMs).unref()
  }

  const started = (from: ProjectedLog): QuestionThread => {
    const exit = Promise.withResolvers<void>()
    let hasStarted = false
    const thread = startThread(module, from, keptIsOther, (reason) => {
      if (threads.delete(thread)) log.error({ reason }, 'a thread that answers questions about users has ended')
      if (!hasStarted) notBefore = performance.now() + NOT_AGAIN_MS
      exits.delete(exit.promise)
      exit.resolve()
    })
    void thread.ready.then((is) => {
      hasStarted = is
    })
    threads.add(thread)
    exits.add(exit.promise)
    return thread
  }
  /** `null` where the system gives no thread: `Worker` throws then. */
  const start = (from: ProjectedLog): QuestionThread | null => {
    try {
      return started(from)
    } catch (error) {
      notBefore = performance.now() + NOT_AGAIN_MS
      log.error({ reason: inWords(error) }, 'no thread could be started that answers questions about users')
      return null
    }
  }

  /** The thread that has the user kept, or the one with the least to do. Another one is started where all have something. */
  const threadFor = async (userId: UserId, events: number): Promise<QuestionThread | null> => {
    const from = projected()
    const isLong = events >= long
    if (from === null || isClosed || !isTrusted() || (!isLong && questions <= FIRST_HERE)) return null
    const ready = [...threads].filter((thread) => thread.isReady()).sort((a, b) => a.underWay() - b.underWay())
    const idlest = ready[0]
    const isWanted = idlest === undefined ? threads.size === 0 : idlest.underWay() > 0 && threads.size === ready.length
    const another = isWanted && threads.size < most && performance.now() >= notBefore ? start(from) : null
    const known = knownBy.get(userId)
    const thread = known?.isReady() ? known : idlest
    if (thread !== undefined) return thread
    const starting = another ?? [...threads][0]
    return isLong && starting !== undefined && (await starting.ready) ? starting : null
  }

  async function* ask(
    res: ServerResponse,
    asked: Parameters<QuestionThread['ask']>[0],
    { userId, last }: Pick<StatusAsked, 'userId' | 'last'>,
    corrections: readonly ReceiptCorrection[],
  ): AsyncGenerator<StatusTold | LinesTold | null> {
    begun()
    const isShort = 'history' in asked && last < Math.min(SHORT, long)
    const thread = isShort ? null : await threadFor(userId, last + 1)
    if (thread === null || !thread.isReady() || res.closed) {
      ended()
      return yield null
    }
    knownBy.set(userId, thread)
    const asking = thread.ask(asked, corrections)
    res.once('close', asking.giveUp)
    try {
      for (let next = asking.next(); ; ) {
        const told = await next
        if (told === null || !isTrusted()) return yield null
        const isMore = hasMore(told)
        // It goes on while this is sent.
        if (isMore) next = asking.next()
        next.catch(() => undefined)
        yield told
        if (!isMore) return
      }
    } finally {
      res.off('close', asking.giveUp)
      asking.giveUp()
      ended()
    }
  }

  return {
    status: async (res, asked, corrections) => {
      for await (const told of ask(res, { status: asked }, asked, corrections)) return told as StatusTold | null
      return null
    },
    history: (res, asked, corrections) =>
      ask(res, { history: asked }, asked, corrections) as AsyncGenerator<LinesTold | null>,
    forget: (userId) => {
      for (const thread of threads) thread.forget(userId)
    },
    close: async () => {
      isClosed = true
      clearTimeout(quiet)
      endAll()
      await Promise.all(exits)
    },
  }
}
