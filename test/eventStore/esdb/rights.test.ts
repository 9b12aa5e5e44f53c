import { type EventStoreDb, startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { esdbRights } from './rights.ts'
import { serviceUser } from './user.ts'

const { EVENTSTORE_TEST_URL: url = '' } = process.env

if (!url.includes('@')) {
  console.log('EVENTSTORE_TEST_URL names no user: no rights were tried on a real EventStoreDB')
} else {
  let user: Awaited<ReturnType<typeof serviceUser>>
  before(async () => {
    user = await serviceUser(url)
  })
  after(() => user.dispose())
  esdbRights('a real EventStoreDB', () => user)
}

const double: EventStoreDb = await startEventStoreDb()
after(() => double.stop())
esdbRights('the protocol double', () => ({
  connectionString: double.connectionString,
  withdraw: async (right, stream) => double.rights.withdraw(right, stream ?? null),
  restore: async () => double.rights.restore(),
}))
