import { esdbBehaviour } from './esdbBehaviour.ts'

const { EVENTSTORE_TEST_URL: connectionString } = process.env

if (connectionString === undefined) {
  console.log('EVENTSTORE_TEST_URL is not set: the adapter was not tested against a real EventStoreDB')
} else {
  esdbBehaviour('a real EventStoreDB', { connectionString })
}
