import { type Instant, minutes as inMinutes } from '../../../../domain/instant.ts'
import { numberInWords } from '../../../words/numberInWords.ts'
import { durationInWords } from '../../../words/timeInWords.ts'
import { type Html, html } from '../html/html.ts'
import { table } from '../html/parts.ts'

/** What the line is drawn over, up to now, and how many minutes are one step of it: the shortest that holds all that was counted. */
const RANGES = [
  { range: 60, step: 1, said: 'an hour' },
  { range: 6 * 60, step: 2, said: 'six hours' },
  { range: 24 * 60, step: 5, said: '24 hours' },
] as const
const HEIGHT = 60

/** The mean of each step, from the oldest; `null` where nothing was counted yet. */
const meansOf = (minutes: readonly number[], range: number, step: number): readonly (number | null)[] =>
  Array.from({ length: range / step }, (_, index) => {
    const end = minutes.length - range + (index + 1) * step
    const counted = minutes.slice(Math.max(0, end - step), Math.max(0, end))
    return counted.length === 0 ? null : counted.reduce((sum, count) => sum + count, 0) / counted.length
  })

/** A line of steps from left to right; where nothing was counted there is none. */
const lineOf = (means: readonly (number | null)[], top: number): string =>
  means
    .flatMap((mean, x) => {
      if (mean === null) return []
      const y = (HEIGHT * (1 - mean / top)).toFixed(1)
      return [`${(means[x - 1] ?? null) === null ? `M${x} ${y}` : `V${y}`}H${x + 1}`]
    })
    .join('')

const hoursOf = (minutes: readonly number[]): readonly (readonly [when: string, count: number])[] =>
  Array.from({ length: Math.ceil(minutes.length / 60) }, (_, hour) => {
    const ofHour = minutes.slice(Math.max(0, minutes.length - (hour + 1) * 60), minutes.length - hour * 60)
    const count = ofHour.reduce((sum, one) => sum + one, 0)
    return [hour === 0 ? 'the last hour' : `${hour} to ${hour + 1} hours ago`, count]
  })

/** Webhooks that were appended, minute by minute: as a line, in a sentence, and hour by hour. */
export const ingestChart = (minutes: readonly number[]): Html => {
  const { range, step, said } = RANGES.find((one) => minutes.length <= one.range) ?? RANGES[2]
  const means = meansOf(minutes, range, step)
  const top = Math.max(1, ...means.map((mean) => mean ?? 0))
  const all = numberInWords(minutes.reduce((sum, count) => sum + count, 0))
  const highest = numberInWords(Math.max(0, ...minutes))
  const last = durationInWords(0 as Instant, inMinutes(minutes.length) as Instant)
  const sentence = `Appended in the last ${last}: ${all}; in the fullest minute: ${highest}; in the present one: ${numberInWords(minutes.at(-1) ?? 0)}.`
  return html`<figure class="chart">
<svg viewBox="0 -1 ${means.length} ${HEIGHT + 2}" preserveAspectRatio="none" role="img" aria-label="Webhooks appended per minute. ${sentence}"><path class="axis" d="M0 ${HEIGHT}H${means.length}"/><path class="line" d="${lineOf(means, top)}"/></svg>
<figcaption>From ${said} ago to now${step > 1 && `, in means of ${step} minutes`}; the line reaches up to ${numberInWords(Math.ceil(top))} per minute. ${sentence}</figcaption>
</figure>
<details><summary>Hour by hour</summary>${table({
    caption: 'Webhooks appended, hour by hour',
    columns: ['When', 'Webhooks'],
    rows: hoursOf(minutes).map(([when, count]) => [when, numberInWords(count)]),
  })}</details>`
}
