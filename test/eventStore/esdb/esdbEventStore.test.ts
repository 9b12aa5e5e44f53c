import { type EventStoreDb, startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { esdbBehaviour } from './behaviour.ts'

const { EVENTSTORE_TEST_URL: realServer } = process.env

if (realServer === undefined) {
  console.log('EVENTSTORE_TEST_URL is not set: the adapter was not tested against a real EventStoreDB')
} else {
  esdbBehaviour('a real EventStoreDB', { connectionString: realServer })
}

for (const version of ['24.6', '25.0'] as const) {
  const double: EventStoreDb = await startEventStoreDb({ version })
  esdbBehaviour(`the protocol double of ${version}`, { connectionString: double.connectionString })
  after(() => double.stop())
}
