import { startEventStoreDb } from '../test/support/eventStoreDb/eventStoreDb.ts'

/** The protocol double as a process of its own, so that it does not share a thread with what is measured. */
const double = await startEventStoreDb()
console.log(JSON.stringify({ url: double.connectionString }))
process.once('SIGTERM', () => {
  void double.stop().then(() => process.exit(0))
})
