/**
 * A process that sends appends, closes its store at once and has nothing left to do:
 * `node endingProcess.ts <connection string>`. Says what became of each append.
 */
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import { newEvent, newStream } from '../../support/events/newEvents.ts'
import { right } from '../../support/right.ts'

const APPENDS = 20

const [connectionString = ''] = process.argv.slice(2)
const store = right(await openEsdbEventStore({ connectionString })())
const appending = Array.from({ length: APPENDS }, () => store.append(newStream(), 'no-stream', [newEvent()])())
await store.close()
console.log((await Promise.all(appending)).map(({ _tag }) => _tag).join(' '))
