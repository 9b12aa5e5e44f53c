import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { type FoldedStream, foldStream } from './foldedStream.ts'
import { openProjectedLog, type ProjectedLog } from './projectedLog.ts'

/** Users to fold, or, with `null`, to end. */
export type FoldWord = { readonly users: readonly UserId[]; readonly corrections: readonly ReceiptCorrection[] } | null

/** What is answered of each of them, in their order. */
export type FoldAnswer = readonly (FoldedStream | null)[]

if (parentPort === null) throw new Error('streams are folded in a worker thread')
const port = parentPort
const { store, close } = await openProjectedLog(workerData as ProjectedLog)

let working: Promise<void> = Promise.resolve()
let isEnding = false
const answer = async (word: FoldWord): Promise<void> => {
  if (word === null) {
    await close()
    // What it held V8 keeps for others for seconds after it has ended; what is collected now is given back now.
    globalThis.gc?.({ type: 'major', flavor: 'last-resort' })
    return port.close()
  }
  const folded: (FoldedStream | null)[] = []
  for (const userId of word.users) {
    if (isEnding) return
    folded.push(await foldStream(store, userId, word.corrections))
    // It is heard at once that it is to end: whoever says so waits for it.
    await turn()
  }
  port.postMessage(folded satisfies FoldAnswer)
}
port.on('message', (word: FoldWord) => {
  isEnding ||= word === null
  working = working.then(() => answer(word))
})
