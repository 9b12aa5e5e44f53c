import { formatMilliseconds, fromMilliseconds } from '../../../../domain/instant.ts'
import type { BackupTries } from '../../../backup/kept/tries.ts'
import type { BackupSchedule } from '../../../config/backupSchedule.ts'
import { numberInWords, sizeInWords } from '../../../words/numberInWords.ts'
import { type Html, html } from '../html/html.ts'
import { facts, time } from '../html/parts.ts'

const at = (seconds: number): Html => time(formatMilliseconds(fromMilliseconds(Math.floor(seconds * 1000))))

const everyInWords = (seconds: number): string => {
  const hours = seconds / 3600
  return Number.isInteger(hours) ? `every ${numberInWords(hours)} h` : `every ${numberInWords(seconds)} s`
}

/** The newest good backup and the last try; nothing where none is made, and none ever was. */
export const backupsSection = ({ last, good }: BackupTries, schedule: BackupSchedule | null): Html | null =>
  schedule === null && last === null
    ? null
    : html`<h2>Backups</h2>
${facts(
  [
    'By this service',
    schedule === null
      ? 'none are made'
      : `${everyInWords(schedule.everySeconds)}, ${numberInWords(schedule.keep)} kept`,
  ],
  [
    'Newest that was verified',
    good === null
      ? 'none'
      : html`made ${at(good.madeAt)}, ${numberInWords(good.events)} events${good.bytes > 0 && `, ${sizeInWords(good.bytes)}`}`,
  ],
  last === null ? null : ['Last try', html`${at(last.at)}: ${last.isGood ? 'good' : 'failed; the log says why'}`],
)}`
