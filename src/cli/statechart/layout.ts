import type { Graphviz } from '@hpcc-js/wasm-graphviz'
import type { Region } from '../../../domain/regions.ts'
import { userMachine } from '../../../domain/state/machine.ts'
import { expectedFrom } from '../../../domain/state/transitionTable.ts'
import { stateInWords } from '../../words/stateInWords.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** Where a state stands: its middle, and how large its box is. */
export interface Box extends Point {
  readonly state: string
  readonly width: number
  readonly height: number
}

/** An expected move: the points of a cubic Bézier spline from box to box. */
export interface Line {
  readonly from: string
  readonly to: string
  readonly points: readonly Point[]
}

/** A region laid out, in pixels, y downwards. */
export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Box[]
  readonly lines: readonly Line[]
}

const POINTS_PER_INCH = 72
const HEIGHT = 30

/** Wide enough for the word in whatever font it is shown. */
const widthOf = (state: string): number => 24 + 8 * stateInWords(state).length

const dotOf = (region: Region, direction: 'TB' | 'LR'): string => {
  const states = Object.keys(userMachine.states[region]?.states ?? {})
  const nodes = states.map((state) => `${state} [width=${widthOf(state) / POINTS_PER_INCH}]`)
  const moves = states
    .filter((from) => from !== 'unknown')
    .flatMap((from) => expectedFrom(region, from as never).map((to) => `${from} -> ${to}`))
  const style = `node [shape=box fixedsize=true height=${HEIGHT / POINTS_PER_INCH}]; edge [arrowhead=none]`
  return `digraph { rankdir=${direction}; nodesep=0.25; ranksep=0.45; ${style}; ${[...nodes, ...moves].join('; ')} }`
}

/** Reads Graphviz's `plain` output: inches, y upwards (https://graphviz.org/docs/outputs/plain/). */
const readPlain = (plain: string): Layout => {
  const rows = plain.split('\n').map((row) => row.split(' '))
  const [width = 0, height = 0] = rows[0]?.slice(2).map(Number) ?? []
  const pixels = (inches: number): number => Math.round(inches * POINTS_PER_INCH)
  const point = (x = 0, y = 0): Point => ({ x: pixels(x), y: pixels(height - y) })
  const boxes = rows
    .filter(([kind]) => kind === 'node')
    .map(([, state = '', x, y]) => ({ state, ...point(Number(x), Number(y)), width: widthOf(state), height: HEIGHT }))
  const lines = rows
    .filter(([kind]) => kind === 'edge')
    .map(([, from = '', to = '', count, ...rest]) => {
      const numbers = rest.slice(0, 2 * Number(count)).map(Number)
      const points = Array.from({ length: Number(count) }, (_, n) => point(numbers[2 * n], numbers[2 * n + 1]))
      return { from, to, points }
    })
  return { width: pixels(width), height: pixels(height), boxes, lines }
}

/** The states of a region and its expected moves, downwards or sideways: whichever takes less width. */
export const layoutOf = (graphviz: Graphviz, region: Region): Layout => {
  const [first, ...others] = (['TB', 'LR'] as const).map((direction) =>
    readPlain(graphviz.layout(dotOf(region, direction), 'plain', 'dot')),
  ) as [Layout, ...Layout[]]
  return others.reduce((narrowest, one) => (one.width < narrowest.width ? one : narrowest), first)
}
