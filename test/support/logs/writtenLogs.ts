import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import type { Answers, KeptDelivery } from '../../fixtures/logs/answers.ts'
import type { ChangesSince } from '../../fixtures/logs/changes.ts'
import { newDirectory } from '../newDirectory.ts'
import { eventsOf, readingLog } from './logs.ts'

const LOGS = new URL('../../fixtures/logs/', import.meta.url)

/** A log that an older release, or today's, has left, with all that it answered. */
export interface WrittenLog {
  readonly name: string
  /** Of the metadata of its events. */
  readonly format: number
  readonly answers: Answers
  readonly journal: readonly KeptDelivery[]
  /** What later releases answer otherwise is listed here; absent while that is nothing. */
  readonly changed: URL
}

const read = <A>(directory: URL, name: string): A => JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as A

const formatIn = (name: string): number => Number(/^format-(\d+)(-.*)?$/.exec(name)?.[1])

/** All that were kept, in the order of their formats. */
export const writtenLogs: readonly WrittenLog[] = readdirSync(LOGS)
  .filter((name) => formatIn(name) > 0)
  .sort((a, b) => formatIn(a) - formatIn(b))
  .map((name) => {
    const directory = new URL(`${name}/`, LOGS)
    return {
      name,
      format: formatIn(name),
      answers: read(directory, 'answers.json'),
      journal: read(directory, 'journal.json'),
      changed: new URL('changed.ts', directory),
    }
  })

/** A data directory as that release left it: copies of log and journal. */
export const leftDirectory = ({ name }: WrittenLog): string => {
  const directory = newDirectory()
  for (const file of ['events.db', 'journal.db']) {
    copyFileSync(fileURLToPath(new URL(`${name}/${file}`, LOGS)), join(directory, file))
  }
  return directory
}

const NOTHING: ChangesSince = { EVERYWHERE: [], CHANGED: {} }

export const changesSince = async ({ changed }: WrittenLog): Promise<ChangesSince> =>
  existsSync(changed) ? ((await import(changed.href)) as ChangesSince) : NOTHING

/** The events of users in the log of a data directory. */
export const eventsOfUsers = (directory: string): Promise<readonly RecordedEvent[]> =>
  readingLog(directory, async (store) => (await eventsOf(store)).filter(({ stream }) => /^kyc-\d+$/.test(stream)))
