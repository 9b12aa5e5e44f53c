import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { isAltered } from '../../../domain/event/altered.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { formatMilliseconds, type Instant } from '../../../domain/instant.ts'
import { foldingHistory } from '../../../domain/state/fold.ts'
import { KYC_STATUS } from '../../../projections/kycStatus.ts'
import type { FileContents } from '../../evidence/file/evidenceFile.ts'
import { longText } from '../../evidence/file/longText.ts'
import { readme } from '../../evidence/file/readme.ts'
import { statusJson } from '../../evidence/file/statusJson.ts'
import { CSV_BEGINNING, csvEntry } from '../../evidence/file/timelineCsv.ts'
import { timelineEntry } from '../../evidence/file/timelineEntry.ts'
import { HTML_END, htmlBeginning, htmlEntry } from '../../evidence/file/timelineHtml.ts'
import { streamOf } from '../../ledger/streams.ts'
import type { SealedCheckpoint } from '../../sealing/sealedLog.ts'
import { folding } from '../users/folding.ts'
import { historyEntries } from '../users/historyEntries.ts'
import { inLogOrder, readUpTo } from '../users/inLogOrder.ts'
import { folded } from '../users/inTurns.ts'
import { tellingAltered } from '../users/tellingAltered.ts'
import type { KnownEvents } from './knownEvents.ts'
import type { EvidenceSources } from './sources.ts'

const KEYS_HEADING = 'COMPARE WITH THE ONES YOU HOLD: keys that come with a file show nothing about it.\n\n'

const bytes = (text: string): readonly Uint8Array[] => [Buffer.from(text)]

/** All that an evidence file tells in our words; in memory some hundred bytes are held of an event. `null` where nobody waits for it any more. */
export const toldOf = async (
  sources: EvidenceSources,
  userId: UserId,
  madeAt: Instant,
  { signed, size, timeStamp }: SealedCheckpoint,
  { history, last, orphans }: KnownEvents,
  isAwaited: () => boolean,
): Promise<FileContents['told'] | null> => {
  const { store, sealed } = sources
  const corrections = sources.corrections()
  const time = formatMilliseconds(madeAt)
  const state = await folded(foldingHistory(userId, history, orphans, { asOf: madeAt, corrections }), isAwaited)
  if (state === null) return null
  const about = `What was known of user ${userId} at ${time}`
  const html = longText()
  html.add(
    htmlBeginning(
      about,
      'In the order in which it was recorded. This is our reading of the records; those are the evidence.',
    ),
  )
  const csv = longText()
  csv.add(CSV_BEGINNING)
  const altered = tellingAltered(sources)
  let position = ''
  const events = inLogOrder(readUpTo(store, streamOf(userId), 0, last), orphans)
  for await (const { event, entry } of historyEntries(userId, events, corrections, isAwaited)) {
    const told = timelineEntry(event, entry)
    html.add(htmlEntry(told))
    csv.add(csvEntry(told))
    position = event.position
    if (isAltered(event)) altered(event)
  }
  html.add(HTML_END)
  const answer = folding(() => currentStatus(state))
  const [origin = ''] = signed.split('\n')
  return {
    'README.txt': bytes(readme({ userId, origin, size, madeAt: time, isTimeStamped: timeStamp !== null })),
    'keys.txt': bytes(
      KEYS_HEADING +
        sealed
          .keys()
          .map((key) => `${key}\n`)
          .join(''),
    ),
    'status.json': bytes(
      statusJson({
        asOf: time,
        knownAt: time,
        position,
        meaning: KYC_STATUS.version,
        corrections: corrections.length,
        answer,
      }),
    ),
    'timeline.html': html.pieces(),
    'timeline.csv': csv.pieces(),
  }
}
