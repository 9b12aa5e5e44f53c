import { formatMilliseconds, fromMilliseconds } from '../../../../domain/instant.ts'
import type { Sealing } from '../../../sealing/sealing.ts'
import type { SealingState } from '../../../sealing/words.ts'
import { numberInWords } from '../../../words/numberInWords.ts'
import { type Html, html } from '../html/html.ts'
import { facts, table, time } from '../html/parts.ts'

const STATES: Readonly<Record<SealingState, string>> = {
  off: 'off: nobody wants it (SEAL_EVERY=0)',
  'catching up': 'catching up: the tree has not come to the end of the log yet',
  sealing: 'the log is sealed',
  'no key': 'nothing is sealed: there is no key',
  'another key': 'nothing is sealed: the log is sealed with another key than this node has',
  contradicted: 'nothing is sealed: the log is not the one that was sealed',
  'log damaged': 'nothing is sealed: the log cannot be read to its end',
}

const at = (seconds: number): Html => time(seconds === 0 ? null : formatMilliseconds(fromMilliseconds(seconds * 1000)))

/** How the log is sealed, and who has agreed. */
export const sealsSection = ({ state, latest, sealedAt, size, witnesses }: Sealing): Html => {
  const checkpoint = latest()
  const agreed = [...witnesses()]
  return html`<h2>Seals</h2>
${facts(
  ['State', STATES[state()]],
  ['Events in the tree', numberInWords(size())],
  [
    'Newest checkpoint',
    checkpoint === null ? 'none yet' : html`over ${numberInWords(checkpoint.size)} events, recorded ${at(sealedAt())}`,
  ],
  checkpoint === null ? null : ['Time stamp', checkpoint.timeStamp === null ? 'none' : 'by a time-stamping authority'],
  agreed.length === 0 ? ['Witnesses', 'none are configured'] : null,
)}
${
  agreed.length > 0 &&
  table({
    caption: 'Witnesses',
    columns: ['Witness', 'Last agreed'],
    rows: agreed.map(([name, seconds]) => [name, seconds === 0 ? 'not since the service started' : at(seconds)]),
  })
}`
}
