import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../../domain/identifiers.ts'
import { formatMilliseconds, fromMilliseconds } from '../../../../domain/instant.ts'
import type { RecordedEvent } from '../../../eventStore/recordedEvent.ts'
import { parseSignatures } from '../../../tlog/note.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { exact, facts, time } from '../html/parts.ts'
import type { UserPageSources } from './sources.ts'

const TIME_BYTES = 8

/** When somebody has cosigned, as he says, and who: of each the last time (C2SP tlog-cosignature: the signature begins with it). */
const witnessesIn = (cosignatures: string): ReadonlyMap<string, number> => {
  const parsed = cosignatures === '' ? E.right([]) : parseSignatures(cosignatures)
  const seen = new Map<string, number>()
  for (const { name, signature } of E.isRight(parsed) ? parsed.right : []) {
    const at = signature.length > TIME_BYTES ? Number(signature.readBigUInt64BE()) : 0
    if (Number.isSafeInteger(at * 1000)) seen.set(name, Math.max(at, seen.get(name) ?? 0))
  }
  return seen
}

const secondsAsTime = (seconds: number): Html => time(formatMilliseconds(fromMilliseconds(seconds * 1000)))

const witnesses = (cosignatures: string): Shown => {
  const seen = [...witnessesIn(cosignatures)].toSorted(([, a], [, b]) => b - a)
  if (seen.length === 0) return 'no witness has cosigned it'
  return html`<ul class="plain">${seen.map(([name, at]) => html`<li>${name}, on ${secondsAsTime(at)}</li>`)}</ul>`
}

const checkpoint = ({ sealed, proofOf }: UserPageSources, newest: RecordedEvent | undefined): Shown => {
  const latest = sealed.latest()
  const fault = sealed.fault()
  const wrong: Shown = fault !== null && html`<p class="fault">Nothing is sealed: ${fault}.</p>`
  if (latest === null) return html`${wrong}<p>No checkpoint was made yet: nothing can be proven so far.</p>`
  const { size, root, cosignatures, timeStamp, signed } = latest
  const covers = newest !== undefined && proofOf(newest) !== null
  return html`${wrong}${facts(
    ['Newest checkpoint', html`${size} events, root ${exact(root.toString('base64'))}`],
    ['Log', exact(signed.split('\n', 1)[0] ?? '')],
    ['Witnesses', witnesses(cosignatures)],
    ['Time stamp', timeStamp === null ? 'none' : 'by a time-stamping authority'],
    newest === undefined ? null : ['Newest event', covers ? 'is in it' : 'is not shown to be in it yet'],
  )}`
}

/** What shows to others that this page tells what is in the log; `newest`: the event of the timeline that was recorded last. */
export const evidenceSection = (
  sources: UserPageSources,
  userId: UserId,
  newest: RecordedEvent | undefined,
): Html => html`
<section aria-labelledby="evidence"><h2 id="evidence">Evidence</h2>
<ul class="evidence">
<li><a href="/users/${userId}/evidence">Evidence file</a>: all that was recorded of the user, as an archive that can be checked without this service. Whoever downloads it is recorded.</li>
<li><a href="/access?userId=${userId}">Who has looked</a>: each reading of what was recorded of the user.</li>
</ul>
${checkpoint(sources, newest)}
</section>`
