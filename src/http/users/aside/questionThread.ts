import { parentPort, workerData } from 'node:worker_threads'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import { openProjectedLog, type ProjectedLog } from '../../../readModel/projection/projectedLog.ts'
import { keptStreams } from '../../../readModel/userEvents.ts'
import { sayingTogether } from '../../../threads/sayingTogether.ts'
import { keptStories } from './keptStories.ts'
import { tellHistory, tellStatus } from './tell.ts'
import { hasMore, type LinesTold, type QuestionSaid, type QuestionWord, type StatusTold } from './words.ts'

if (parentPort === null) throw new Error('questions are answered in a worker thread')
const port = parentPort
let damages = 0
const { store, close } = await openProjectedLog(workerData as ProjectedLog, () => {
  damages += 1
})

const say = sayingTogether<QuestionSaid>((said) => port.postMessage(said))
const streams = keptStreams()
const stories = keptStories(store, (userId) => say({ keptIsOther: userId }))
let corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS
/** The questions under way; what is told of them piece by piece. */
const underWay = new Map<number, AsyncIterator<LinesTold> | null>()

/** Whatever goes wrong, whoever asked comes upon the same, and knows what it costs; so does one who has a damaged tree before him. */
const answer = async (of: number, tell: () => Promise<StatusTold | LinesTold | null>): Promise<void> => {
  const before = damages
  const told = await tell().catch(() => null)
  const isSound = told !== null && damages === before
  if (!isSound || !hasMore(told)) underWay.delete(of)
  say({ of, told: isSound ? told : null })
}
const next = async (of: number): Promise<LinesTold | null> => (await underWay.get(of)?.next())?.value ?? null

const begin = (word: Extract<QuestionWord, { readonly begin: number }>): Promise<void> => {
  const { begin: of, asked } = word
  corrections = word.corrections ?? corrections
  const awaited = (): boolean => underWay.has(of)
  const isHistory = 'history' in asked
  underWay.set(of, isHistory ? tellHistory(store, stories, asked.history, corrections, awaited) : null)
  return answer(of, () =>
    isHistory ? next(of) : tellStatus(store, streams, stories, asked.status, corrections, awaited),
  )
}

const hear = async (word: QuestionWord): Promise<void> => {
  if (word === 'end') {
    await close()
    // Whatever it is at: nothing of SQLite is running while a word is heard.
    process.exit()
  }
  if ('begin' in word) return begin(word)
  if ('more' in word) return answer(word.more, () => next(word.more))
  if ('giveUp' in word) return void underWay.delete(word.giveUp)
  stories.forget(word.forget)
  if (word.forget === null) streams.clear()
  else streams.delete(word.forget)
}
port.on('message', (words: readonly QuestionWord[]) => {
  for (const word of words) void hear(word)
})
say('ready')
