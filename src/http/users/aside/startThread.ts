import { Worker } from 'node:worker_threads'
import type { ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { inWords } from '../../../files/whyNot.ts'
import { youngAtMost } from '../../../heap/youngGeneration.ts'
import type { ProjectedLog } from '../../../readModel/projection/projectedLog.ts'
import { sayingTogether } from '../../../threads/sayingTogether.ts'
import { hasMore, type LinesTold, type QuestionSaid, type QuestionWord, type StatusTold } from './words.ts'

type Told = StatusTold | LinesTold | null
type Begin = Extract<QuestionWord, { readonly begin: number }>

/** A question that a thread was given. */
export interface Asking {
  /** What it says to the question, and then to each asking for more. Rejects where it ends before. */
  readonly next: () => Promise<Told>
  /** Nobody waits for what it has not said yet. */
  readonly giveUp: () => void
}

/** A thread that answers questions about users. */
export interface QuestionThread {
  /** `false` where it ended before it could be asked. */
  readonly ready: Promise<boolean>
  readonly isReady: () => boolean
  /** How many questions it is at. */
  readonly underWay: () => number
  readonly ask: (asked: Begin['asked'], corrections: readonly ReceiptCorrection[]) => Asking
  readonly forget: (userId: UserId | null) => void
  /** Ends it, after the turn that it is at: of one that is inside of SQLite it may take the process along to end it at once. */
  readonly end: () => void
}

/** Starts a thread that reads the log by itself; `keptIsOther` is told of whom the read model keeps something else than was written, `ended` is told once it has ended, and why where nobody had it end. */
export const startThread = (
  module: URL,
  log: ProjectedLog,
  keptIsOther: (userId: UserId) => void,
  ended: (reason: string | null) => void,
): QuestionThread => {
  const worker = new Worker(module, { workerData: log, ...youngAtMost() })
  const waiting = new Map<number, PromiseWithResolvers<Told>>()
  const ready = Promise.withResolvers<boolean>()
  let state: 'starting' | 'ready' | 'ending' = 'starting'
  let failure: unknown = null
  let [questions, underWay] = [0, 0]
  let known: readonly ReceiptCorrection[] | null = null
  const say = sayingTogether<QuestionWord>((words) => worker.postMessage(words))

  const hear = (said: QuestionSaid): void => {
    if (said !== 'ready') {
      if ('keptIsOther' in said) return keptIsOther(said.keptIsOther)
      waiting.get(said.of)?.resolve(said.told)
      waiting.delete(said.of)
      return
    }
    if (state === 'starting') state = 'ready'
    ready.resolve(true)
  }
  worker.on('message', (said: readonly QuestionSaid[]) => said.forEach(hear))
  worker.on('error', (error) => {
    failure = error
  })
  worker.on('exit', () => {
    const reason = state === 'ending' ? null : failure === null ? 'it has ended' : inWords(failure)
    state = 'ending'
    ready.resolve(false)
    for (const { reject } of waiting.values()) reject(new Error(`the thread that answers has ended: ${reason}`))
    waiting.clear()
    ended(reason)
  })
  return {
    ready: ready.promise,
    isReady: () => state === 'ready',
    underWay: () => underWay,
    ask: (asked, corrections) => {
      questions += 1
      underWay += 1
      const of = questions
      let [hasBegun, isOver] = [false, false]
      const over = (): void => {
        if (!isOver) underWay -= 1
        isOver = true
      }
      const next = async (): Promise<Told> => {
        const answer = Promise.withResolvers<Told>()
        waiting.set(of, answer)
        if (hasBegun) say({ more: of })
        else say({ begin: of, asked, ...(corrections === known ? {} : { corrections }) })
        ;[hasBegun, known] = [true, corrections]
        try {
          const told = await answer.promise
          if (!hasMore(told)) over()
          return told
        } catch (error) {
          over()
          throw error
        }
      }
      const giveUp = (): void => {
        if (!isOver) say({ giveUp: of })
        over()
      }
      return { next, giveUp }
    },
    forget: (userId) => say({ forget: userId }),
    end: () => {
      state = 'ending'
      say('end')
    },
  }
}
