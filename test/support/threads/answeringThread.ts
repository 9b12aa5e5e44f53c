/**
 * Answers questions about users, after what the user is called: `dies` ends the thread, `waits` is answered once it is given up. Anybody else is told
 * the id of the thread, in two lines of a history that has no end.
 */
import { parentPort, threadId } from 'node:worker_threads'
import type { QuestionSaid, QuestionWord } from '../../../src/http/users/aside/words.ts'

const say = (said: QuestionSaid): void => parentPort?.postMessage(said)
const line = { json: String(threadId), stream: 'kyc-1', revision: 0 }

parentPort?.on('message', (word: QuestionWord) => {
  if (word === 'end') return parentPort?.close()
  if ('giveUp' in word) return say({ of: word.giveUp, told: null })
  if ('more' in word) return say({ of: word.more, told: { lines: [line], altered: [], isLast: false } })
  if (!('begin' in word)) return
  const { begin: of, asked } = word
  const { userId } = 'status' in asked ? asked.status : asked.history
  if (userId === 'dies') process.exit(9)
  if (userId === 'waits') return
  if ('status' in asked) say({ of, told: { body: String(threadId), etag: '"x"', altered: [] } })
  else say({ of, told: { lines: [line, line], altered: [], isLast: false } })
})
say('ready')
