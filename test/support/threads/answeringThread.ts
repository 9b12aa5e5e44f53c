/**
 * Answers questions about users, after what the user is called: `dies` ends the thread, `waits` is answered once it is given up, `stalls` is told no more
 * than the first lines, `forgotten` is told who was to be forgotten, `corrected` how many receipts are known to be wrong. Anybody else is told the id of the thread, in two lines of a history that has no end.
 */
import { parentPort, threadId } from 'node:worker_threads'
import type { QuestionSaid, QuestionWord } from '../../../src/http/users/aside/words.ts'

const say = (said: QuestionSaid): void => parentPort?.postMessage([said])
const line = String(threadId)

const forgotten: unknown[] = []
let corrections = -1
const stalled = new Set<number>()

const hear = (word: QuestionWord): unknown => {
  if (word === 'end') return parentPort?.close()
  if ('giveUp' in word) return say({ of: word.giveUp, told: null })
  if ('forget' in word) return forgotten.push(word.forget)
  if ('more' in word)
    return stalled.has(word.more)
      ? undefined
      : say({ of: word.more, told: { text: line, places: [0], altered: [], isLast: false } })
  const { begin: of, asked } = word
  corrections = word.corrections?.length ?? corrections
  const { userId } = 'status' in asked ? asked.status : asked.history
  if (userId === 'dies') process.exit(9)
  if (userId === 'waits') return
  if (userId === 'stalls') stalled.add(of)
  const bodies: Readonly<Record<string, string>> = {
    forgotten: JSON.stringify(forgotten),
    corrected: String(corrections),
  }
  const body = bodies[userId] ?? String(threadId)
  if ('status' in asked) return say({ of, told: { body, etag: '"x"', altered: [] } })
  return say({ of, told: { text: `${line}\n${line}`, places: [0, 1], altered: [], isLast: false } })
}
parentPort?.on('message', (words: readonly QuestionWord[]) => words.forEach(hear))
say('ready')
