import { statSync } from 'node:fs'
import type { Config } from '../../../config/config.ts'
import type { Journal } from '../../../journal/journal.ts'
import { currentReadModel } from '../../../readModel/file.ts'
import type { ReadModel } from '../../../readModel/readModel.ts'
import { numberInWords, sizeInWords } from '../../../words/numberInWords.ts'
import { type Html, html } from '../html/html.ts'
import { exact, facts, table, time, word } from '../html/parts.ts'

export interface StoreSources {
  readonly config: Pick<Config, 'eventStore' | 'dataDir' | 'journalDays'>
  readonly journal: Pick<Journal, 'figures'>
  readonly readModel: Pick<ReadModel, 'position'>
}

/** What a database takes on the disk, with what is not written into its file yet; a file that is not there takes nothing. */
const onDisk = (file: string): string =>
  sizeInWords(
    [file, `${file}-wal`].reduce((sum, one) => sum + (statSync(one, { throwIfNoEntry: false })?.size ?? 0), 0),
  )

/** Where everything is, and how large. Of a server nothing is shown that its connection string holds: that may be a password. */
export const storesSection = ({ config, journal, readModel }: StoreSources): Html => {
  const { reasons, oldestOpen } = journal.figures()
  const bodies = reasons.reduce((sum, { bytes }) => sum + bytes, 0)
  const log = config.eventStore.kind === 'sqlite' ? `a file, ${onDisk(config.eventStore.file)}` : 'EventStoreDB'
  return html`<h2>Stores</h2>
${facts(
  ['Event log', log],
  [
    'Read model',
    html`a file, ${onDisk(currentReadModel(config.dataDir))}, at position ${exact(readModel.position() ?? 'none')}`,
  ],
  [
    'Journal',
    `${sizeInWords(bodies)} of deliveries that were not appended; each is kept ${config.journalDays} days after it last came`,
  ],
  ['Oldest to be looked at', oldestOpen === null ? 'none' : time(oldestOpen)],
)}
${
  reasons.length > 0 &&
  table({
    caption: 'Deliveries in the journal, by why they were not appended',
    columns: ['Why not appended', 'To be looked at', 'Done', 'Size'],
    rows: reasons.map(({ reason, open, done, bytes }) => [
      html`<a href="/deliveries?reason=${reason}&amp;open=true">${word(reason)}</a>`,
      numberInWords(open),
      numberInWords(done),
      sizeInWords(bytes),
    ]),
  })
}`
}
