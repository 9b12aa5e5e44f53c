/**
 * A process that appends until it is killed: `node loadProcess.ts <connection string> <stream prefix> <writers>`.
 * Says `open`, then of each acknowledged append `<epoch ms> <stream> <revision> <event id>`.
 */
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import { right } from '../../support/right.ts'
import { startLoad } from './load.ts'

const [connectionString = '', streamPrefix = '', writers = '1'] = process.argv.slice(2)
const store = right(await openEsdbEventStore({ connectionString, streamPrefix })())
console.log('open')
startLoad(store, Number(writers), ({ stream, revision, eventId }) => {
  console.log(`${Date.now()} ${stream} ${revision} ${eventId}`)
})
