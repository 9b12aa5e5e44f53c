import { isSuccess, type Region, type State } from '../../../domain/regions.ts'
import { REGION_TITLES, stateInWords } from '../../words/stateInWords.ts'
import type { Box, Layout, Line, Point } from './layout.ts'

const MARGIN = 16
const HEAD_LENGTH = 8
const HEAD_ANGLE = 0.42

const at = ({ x, y }: Point): string => `${Math.round(x + MARGIN)},${Math.round(y + MARGIN)}`

/** Two strokes that end in `tip`, coming from the direction of `from`. */
const arrowHead = (from: Point, tip: Point): string => {
  const direction = Math.atan2(tip.y - from.y, tip.x - from.x)
  const stroke = (turn: number): string =>
    at({
      x: tip.x - HEAD_LENGTH * Math.cos(direction + turn),
      y: tip.y - HEAD_LENGTH * Math.sin(direction + turn),
    })
  return `M${stroke(HEAD_ANGLE)}L${at(tip)}L${stroke(-HEAD_ANGLE)}`
}

const moveElement = (kind: 'move' | 'move other', from: string, to: string, path: string): string =>
  `<path class="${kind}" data-from="${from}" data-to="${to}" d="${path}" fill="none" stroke="currentColor"/>`

const drawLine = ({ from, to, points }: Line): string => {
  const [start = { x: 0, y: 0 }, ...rest] = points
  const [before = start, tip = start] = points.slice(-2)
  return moveElement('move', from, to, `M${at(start)}C${rest.map(at).join(' ')}${arrowHead(before, tip)}`)
}

/** Where the line from the middle of a box towards a point leaves it. */
const borderOf = ({ x, y, width, height }: Box, towards: Point): Point => {
  const [dx, dy] = [towards.x - x, towards.y - y]
  const scale = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : width / 2 / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : height / 2 / Math.abs(dy),
  )
  return { x: x + dx * scale, y: y + dy * scale }
}

/** How far a move that is not expected keeps from the straight line, in parts of its length: there and back lie apart. */
const BOW = 0.2

const drawOther = (from: Box, to: Box): string => {
  const bend = {
    x: (from.x + to.x) / 2 + BOW * (from.y - to.y),
    y: (from.y + to.y) / 2 + BOW * (to.x - from.x),
  }
  const [start, tip] = [borderOf(from, bend), borderOf(to, bend)]
  const path = `M${at(start)}Q${at(bend)} ${at(tip)}${arrowHead(bend, tip)}`
  return moveElement('move other', from.state, to.state, path)
}

const drawState = ({ state, x, y, width, height }: Box): string => {
  const place = (point: Point): string => `x="${point.x + MARGIN}" y="${point.y + MARGIN}"`
  const box = `${place({ x: x - width / 2, y: y - height / 2 })} width="${width}" height="${height}" rx="6"`
  const success = isSuccess(state as State) ? ' success' : ''
  return [
    `<g class="state${success}" data-state="${state}"><rect ${box} fill="none" stroke="currentColor"/>`,
    `<text ${place({ x, y: y + 5 })} text-anchor="middle" font-size="13" fill="currentColor">${stateInWords(state)}</text>`,
    `<text class="mark" ${place({ x: x - width / 2 + 4, y: y - height / 2 - 4 })} font-size="11" fill="currentColor"></text></g>`,
  ].join('')
}

/**
 * A region as SVG, an element to a line. Moves that are not expected are there too (`move other`): whoever shows it leaves out
 * those that were not made, and puts a class to what was. Nothing in it is styled but by attributes that a style sheet overrules.
 */
export const drawStatechart = (region: Region, { width, height, boxes, lines }: Layout): string => {
  const expected = new Set(lines.map(({ from, to }) => `${from} ${to}`))
  const others = boxes.flatMap((from) =>
    boxes.filter((to) => to !== from && !expected.has(`${from.state} ${to.state}`)).map((to) => drawOther(from, to)),
  )
  const [wide, high] = [width + 2 * MARGIN, height + 2 * MARGIN]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" role="img">`,
    `<title>${REGION_TITLES[region]}</title>`,
    ...lines.map(drawLine),
    ...others,
    ...boxes.map(drawState),
    '</svg>\n',
  ].join('\n')
}
