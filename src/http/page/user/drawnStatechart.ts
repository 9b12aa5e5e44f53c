import { readFileSync } from 'node:fs'
import { REGION_NAMES, type Region } from '../../../../domain/regions.ts'

/** A move as it is drawn. */
export interface DrawnMove {
  readonly from: string
  readonly to: string
  /** It is not among the expected ones: shown only where it was made. */
  readonly other: boolean
  /** Path data of SVG. */
  readonly path: string
}

/** A state as it is drawn: numbers as they stand in the drawing. */
export interface DrawnState {
  readonly state: string
  readonly success: boolean
  readonly x: string
  readonly y: string
  readonly width: string
  readonly height: string
  readonly textX: string
  readonly textY: string
  readonly markX: string
  readonly markY: string
}

/** A region as `npm run machine` has drawn it. */
export interface DrawnStatechart {
  readonly width: string
  readonly height: string
  readonly moves: readonly DrawnMove[]
  readonly states: readonly DrawnState[]
}

const HEAD = /^<svg [^>]* width="([\d.]+)" height="([\d.]+)"/
const MOVE = /^<path class="move( other)?" data-from="(\w+)" data-to="(\w+)" d="([MCQLZ\d., -]+)"/gm
const STATE =
  /^<g class="state( success)?" data-state="(\w+)"><rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"[^>]*><text x="([\d.]+)" y="([\d.]+)"[^>]*>[^<]*<\/text><text class="mark" x="([\d.]+)" y="([\d.]+)"/gm

/** Reads a drawing; its parts are put together anew for each user. Throws on one that is none. */
export const readStatechart = (svg: string): DrawnStatechart => {
  const [, width, height] = HEAD.exec(svg) ?? []
  if (width === undefined || height === undefined) throw new Error('a statechart is no drawing: run npm run machine')
  const moves = [...svg.matchAll(MOVE)].map(([, other, from = '', to = '', path = '']) => {
    return { from, to, other: other !== undefined, path }
  })
  const states = [...svg.matchAll(STATE)].map(([, success, state = '', x = '', y = '', w = '', h = '', ...texts]) => {
    const [textX = '', textY = '', markX = '', markY = ''] = texts as readonly string[]
    return { state, success: success !== undefined, x, y, width: w, height: h, textX, textY, markX, markY }
  })
  return { width, height, moves, states }
}

const fileOf = (region: Region): URL => new URL(`./statecharts/${region}.svg`, import.meta.url)

/** All of them, as they lie there. Throws where one cannot be read. */
export const drawnStatecharts = (): Readonly<Record<Region, DrawnStatechart>> =>
  Object.fromEntries(
    REGION_NAMES.map((region) => [region, readStatechart(readFileSync(fileOf(region), 'utf8'))]),
  ) as Record<Region, DrawnStatechart>
