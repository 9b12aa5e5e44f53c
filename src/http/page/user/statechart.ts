import { type Account, inRegion, type Move } from '../../../../domain/answer/account.ts'
import { REGION_NAMES, type Region } from '../../../../domain/regions.ts'
import { REGION_TITLES, stateInWords } from '../../../words/stateInWords.ts'
import { instantInWords } from '../../../words/timeInWords.ts'
import { type Html, html } from '../html/html.ts'
import { type DrawnState, type DrawnStatechart, drawnStatecharts } from './drawnStatechart.ts'

/** A region of the user: where everything in it stands, and what led there. */
interface Charted {
  readonly region: Region
  readonly present: ReturnType<typeof inRegion>
  readonly moves: readonly Move[]
}

/** So many moves of one thing are told in words; all of them are marked in the drawing. */
const TOLD = 8

/** So many documents or identifications have their way told in words. */
const OBJECTS_TOLD = 20

const NAMES: Readonly<Partial<Record<Region, string>>> = { documents: 'Document' }
const nameOf = (region: Region): string => NAMES[region] ?? 'Identification'

/** The way of one thing: none, then pending, then validated. */
const wayOf = (moves: readonly Move[]): string => {
  const told = moves.slice(-TOLD)
  const [first] = told
  if (first === undefined) return stateInWords('none')
  const left = moves.length - told.length
  const way = [first.from, ...told.map(({ to }) => to)].map(stateInWords).join(', then ')
  return left === 0 ? way : `after ${left} moves more ${way}`
}

/** Region, state and path in words: for whoever does not see the drawing, and below it for all others. */
const chartInWords = ({ region, present, moves }: Charted): readonly string[] =>
  present.slice(0, OBJECTS_TOLD).map(({ object, state }) => {
    const own = object === null ? moves : moves.filter((move) => move.object === object)
    const last = own.at(-1)
    const since = last === undefined ? '' : ` since ${instantInWords(last.at)}`
    const name = object === null ? REGION_TITLES[region] : `${nameOf(region)} ${object}`
    return `${name}: ${stateInWords(state)}${since}. It was ${wayOf(own)}.`
  })

/** Whether the drawing is of the present. */
type When = 'now' | 'then'

const key = (from: string, to: string): string => `${from} ${to}`

const stateElement = (drawn: DrawnState, when: When, count: number, of: number, been: boolean): Html => {
  const kinds = `state${drawn.success ? ' success' : ''}${count > 0 ? ' now' : been ? ' been' : ''}`
  const mark = count === 0 ? null : of === 1 ? when : `${when}: ${count} of ${of}`
  return html`<g class="${kinds}" data-state="${drawn.state}"><rect x="${drawn.x}" y="${drawn.y}" width="${drawn.width}" height="${drawn.height}" rx="6"/><text class="word" x="${drawn.textX}" y="${drawn.textY}">${stateInWords(drawn.state)}</text>${mark !== null && html`<text class="now-mark" x="${drawn.markX}" y="${drawn.markY}">${mark}</text>`}</g>`
}

const drawing = ({ width, height, moves, states }: DrawnStatechart, when: When, charted: Charted): Html => {
  const { region, present } = charted
  const made = new Map(charted.moves.map((move) => [key(move.from, move.to), move]))
  const last = charted.moves.at(-1)
  const been = new Set(charted.moves.flatMap(({ from, to }) => [from, to]))
  const lines = moves.map(({ from, to, other, path }) => {
    const isMade = made.has(key(from, to))
    if (other && !isMade) return null
    const isLast = last !== undefined && last.from === from && last.to === to
    const kinds = `move${other ? ' other' : ''}${isMade ? ' made' : ''}${isLast ? ' last' : ''}`
    return html`<path class="${kinds}" data-from="${from}" data-to="${to}" d="${path}"/>`
  })
  return html`<svg class="statechart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="chart-${region} chart-${region}-way">
<title id="chart-${region}">${REGION_TITLES[region]}</title><desc id="chart-${region}-way">${chartInWords(charted).join(' ')}</desc>
${lines}
${states.map((drawn) => {
  const count = present.filter(({ state }) => state === drawn.state).length
  return stateElement(drawn, when, count, present.length, been.has(drawn.state))
})}
</svg>`
}

let read: ReturnType<typeof drawnStatecharts> | null = null
/** Not while this module is loaded: one that fails then is never loaded again by its process, and no page of a user with it. */
const drawn = (region: Region): DrawnStatechart => {
  read ??= drawnStatecharts()
  return read[region]
}

const figure = (when: When, charted: Charted): Html => {
  const { region, present } = charted
  const left = present.length - OBJECTS_TOLD
  return html`
<figure>
<h3>${REGION_TITLES[region]}</h3>
<div class="drawing">${drawing(drawn(region), when, charted)}</div>
<figcaption>${chartInWords(charted).map((sentence) => html`<p>${sentence}</p>`)}${left > 0 && html`<p>And ${left} more.</p>`}</figcaption>
</figure>`
}

/** The statechart of each region in which something has happened: where the user stands in it, or stood then, and what led there. */
export const statecharts = ({ state, moves }: Account, when: When): Html | null => {
  const charted = REGION_NAMES.map((region) => ({
    region,
    present: inRegion(state, region),
    moves: moves.filter((move) => move.region === region),
  })).filter((one) => one.moves.length > 0)
  return charted.length === 0
    ? null
    : html`
<section aria-labelledby="statecharts"><h2 id="statecharts">The way there</h2>
<p class="quiet">A filled state is where things ${when === 'now' ? 'stand' : 'stood'}, a thick line a move that was made, a broken one a move that was not expected; moves that were not made are thin.</p>
<div class="figures">${charted.map((one) => figure(when, one))}</div></section>`
}
