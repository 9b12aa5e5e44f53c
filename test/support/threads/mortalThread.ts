/** The writer thread of the event log, which ends before it appends an event of type "end". */
import { parentPort } from 'node:worker_threads'
import type { AppendRequest } from '../../../src/eventStore/sqlite/append.ts'
import type { ToThread } from '../../../src/sqlite/groupCommitMessages.ts'

parentPort?.on('message', (message: ToThread<AppendRequest>) => {
  if (message !== 'close' && message.some(({ events }) => events.some(({ type }) => type === 'end'))) process.exit(9)
})
await import('../../../src/eventStore/sqlite/writerThread.ts')
