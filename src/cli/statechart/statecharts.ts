import { Graphviz } from '@hpcc-js/wasm-graphviz'
import { REGION_NAMES, type Region } from '../../../domain/regions.ts'
import { drawStatechart } from './drawStatechart.ts'
import { layoutOf } from './layout.ts'

/** Every region of the machine as SVG: the same text whenever and wherever it is drawn. */
export const drawStatecharts = async (): Promise<ReadonlyMap<Region, string>> => {
  const graphviz = await Graphviz.load()
  return new Map(REGION_NAMES.map((region) => [region, drawStatechart(region, layoutOf(graphviz, region))]))
}
