/** The writer thread of the event log, which ends before it appends an event of type "end". */
import { parentPort } from 'node:worker_threads'
import { CROSSING } from '../../../src/eventStore/sqlite/crossing.ts'
import type { ToThread } from '../../../src/sqlite/groupCommitMessages.ts'

parentPort?.on('message', (message: ToThread) => {
  const requests = message === 'close' ? [] : CROSSING.requests.unpack(message)
  if (requests.some((one) => 'events' in one && one.events.some(({ type }) => type === 'end'))) process.exit(9)
})
await import('../../../src/eventStore/sqlite/writerThread.ts')
